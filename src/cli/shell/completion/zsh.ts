import {
  otherFirstWords,
  quoted,
  type CompletedCommand,
  type CompletedFlag,
  type Described,
} from './completed.js';

export function zshScript(commands: readonly CompletedCommand[]): string[] {
  const names = commands.map(({ name, does }): Described => [name, does]);
  return [
    '#compdef fledge',
    '# Completes the commands, options and states of fledge. Load it in ~/.zshrc after compinit:',
    '#   source <(fledge completion zsh)',
    '# Or write it to a file _fledge in a folder of $fpath.',
    '_fledge() {',
    '  local -a commands actions',
    `  commands=(${names.map(described).join(' ')})`,
    '  if (( CURRENT == 2 )); then',
    `    local -a others=(${otherFirstWords.map(described).join(' ')})`,
    '    _describe -t commands command commands -- others',
    '    return',
    '  fi',
    '  if [[ $words[2] == help ]]; then',
    '    (( CURRENT == 3 )) && _describe -t commands command commands',
    '    return',
    '  fi',
    '  local command=$words[2] context state state_descr line',
    '  typeset -A opt_args',
    '  shift words',
    '  (( CURRENT-- ))',
    '  case $command in',
    ...commands.flatMap(branch),
    '  esac',
    '  [[ $state == action ]] && _describe -t actions action actions',
    '}',
    '# Compinit calls the function of a file in $fpath. A script that is sourced only defines it.',
    'if [[ $zsh_eval_context[-1] == loadautofunc ]]; then',
    '  _fledge "$@"',
    'else',
    '  compdef _fledge fledge',
    'fi',
  ];
}

function branch({ name, actions, flags }: CompletedCommand): string[] {
  const first = actions.length > 0 ? ["'1: :->action'"] : [];
  return [
    `    ${name})`,
    ...(actions.length > 0 ? [`      actions=(${actions.map(described).join(' ')})`] : []),
    `      _arguments -S ${[...flags.map(specOf), ...first, "'*: : '"].join(' ')}`,
    '      ;;',
  ];
}

/** An entry for `_describe`: the word, a colon and what it does. */
function described([word, does]: Described): string {
  return quoted(`${word.replaceAll(':', '\\:')}:${does}`);
}

/** An option for `_arguments`. A bracket would end its description. */
function specOf({ name, does, takes }: CompletedFlag): string {
  const text = does.replace(/[[\]\\]/g, '\\$&');
  if (takes === 'nothing') return quoted(`--${name}[${text}]`);
  return quoted(`*--${name}=[${text}]:value:${takes === 'file' ? '_files' : ' '}`);
}
