import ts from 'typescript';

/** @returns the head and the rows of the table of a worker's settings, from the constant with their names and help texts */
export function settingRows(declarations, name) {
  const settings = literal(declarations.constant(name)).properties.filter(ts.isPropertyAssignment);
  const rows = settings.map(({ initializer }) => rowOf(valuesOf(literal(initializer))));
  return { head: ['flag', 'environment', '`config/jobs.yml`', 'values', 'meaning'], rows, missing: [] };
}

function rowOf({ flag, short, env, yml, form, help }) {
  const flags = [short && `-${short}`, flag && `--${flag}`].filter((one) => one !== undefined);
  const code = (text) => (text === undefined ? '' : `\`${text}\``);
  return [
    flags.map(code).join(', '),
    code(env),
    code(yml),
    form.split(' | ').map(code).join(', '),
    `${help[0].toUpperCase()}${help.slice(1)}`,
  ];
}

/** `{ … } as const satisfies T` is still an object literal. */
function literal(node) {
  return ts.isObjectLiteralExpression(node) ? node : literal(node.expression);
}

function valuesOf(node) {
  return Object.fromEntries(
    node.properties.map(({ name: key, initializer }) => [key.getText(), initializer.text]),
  );
}
