// Writes the settings of an application: for TypeScript, and for the builder.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function writeJson(home, name, value) {
  writeFileSync(join(home, name), `${JSON.stringify(value, null, 2)}\n`);
}

/** @param minify undefined, or whether the names of classes become short (`shortNames`) or not (`keptNames`) */
export function writeSettings(home, { type, builder }, minify) {
  writeJson(home, 'package.json', { name: 'neighbours', private: true, type });
  writeJson(home, 'tsconfig.json', {
    compilerOptions: {
      module: 'nodenext',
      target: 'ES2023',
      strict: true,
      skipLibCheck: true,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      types: ['node'],
      rootDir: 'src',
      outDir: 'dist',
    },
    include: ['src'],
  });
  if (builder === 'swc') {
    writeJson(home, 'nest-cli.json', { sourceRoot: 'src', compilerOptions: { builder: 'swc' } });
    writeJson(home, '.swcrc', swcSettings(type, minify));
  }
  if (builder === 'webpack' || builder === 'rspack') {
    const options = { configPath: `${builder}.config.cjs` };
    writeJson(home, 'nest-cli.json', {
      sourceRoot: 'src',
      compilerOptions: { builder: { type: builder, options } },
    });
    writeFileSync(join(home, options.configPath), bundlerSettings(minify));
  }
}

function swcSettings(type, minify) {
  const minifiers = {
    shortNames: { compress: true, mangle: true },
    keptNames: { compress: { keep_classnames: true }, mangle: { keep_classnames: true } },
  };
  return {
    ...(minify ? { minify: true } : {}),
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      ...(minify ? { minify: minifiers[minify] } : {}),
    },
    module: { type: type === 'module' ? 'nodenext' : 'commonjs' },
  };
}

/** One bundle for each entrypoint, as an application with a worker needs it. */
function bundlerSettings(minify) {
  const minimizers = {
    shortNames: 'minimize: true',
    keptNames: 'minimize: true, minimizer: [new TerserPlugin({ terserOptions: { keep_classnames: true } })]',
  };
  return `const { join } = require('node:path');
const TerserPlugin = require('terser-webpack-plugin');

module.exports = (options) => ({
  ...options,
  entry: { main: './src/main.ts', 'main-worker': './src/main-worker.ts', 'main-kit': './src/main-kit.ts' },
  output: { ...options.output, path: join(__dirname, 'dist'), filename: '[name].js' },
  resolve: { ...options.resolve, extensionAlias: { '.js': ['.ts', '.js'] } },
  optimization: { ...options.optimization, ${minimizers[minify] ?? ''} },
});
`;
}
