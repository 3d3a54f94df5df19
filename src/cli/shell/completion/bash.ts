import { otherFirstWords, quoted, type CompletedCommand } from './completed.js';

/** Works with bash 3.2, which macOS has. */
export function bashScript(commands: readonly CompletedCommand[]): string[] {
  const names = commands.map(({ name }) => name);
  return [
    '# Completes the commands, options and states of fledge. Load it in ~/.bashrc:',
    '#   source <(fledge completion bash)',
    '_fledge() {',
    '  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}',
    '  local actions= flags= texts= files=',
    '  COMPREPLY=()',
    '  if [[ $COMP_CWORD -eq 1 ]]; then',
    `    COMPREPLY=($(compgen -W ${list([...names, ...otherFirstWords.map(([word]) => word)])} -- "$current"))`,
    '    return',
    '  fi',
    '  case ${COMP_WORDS[1]} in',
    `    help) actions=${list(names)} ;;`,
    ...commands.map(branch),
    '  esac',
    '  # Bash makes a word of its own of the "=" in --queue=default.',
    '  [[ $current == "=" ]] && current=',
    '  [[ $previous == "=" ]] && previous=${COMP_WORDS[COMP_CWORD-2]}',
    '  if [[ " $files " == *" $previous "* ]]; then',
    '    compopt -o filenames 2>/dev/null',
    '    COMPREPLY=($(compgen -f -- "$current"))',
    '  elif [[ " $texts " == *" $previous "* ]]; then',
    '    return',
    '  elif [[ $current == -* ]]; then',
    '    COMPREPLY=($(compgen -W "$flags" -- "$current"))',
    '  elif [[ $COMP_CWORD -eq 2 ]]; then',
    '    COMPREPLY=($(compgen -W "$actions" -- "$current"))',
    '  fi',
    '}',
    'complete -F _fledge fledge',
  ];
}

function branch({ name, actions, flags }: CompletedCommand): string {
  const taking = (takes: string): string =>
    list(flags.filter((flag) => flag.takes === takes).map((flag) => `--${flag.name}`));
  return `    ${name}) actions=${list(actions.map(([word]) => word))} flags=${list(flags.map((flag) => `--${flag.name}`))} texts=${taking('text')} files=${taking('file')} ;;`;
}

const list = (words: readonly string[]): string => quoted(words.join(' '));
