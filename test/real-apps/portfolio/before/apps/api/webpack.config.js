const { NxAppWebpackPlugin } = require('@nx/webpack/app-plugin');

const isProduction = process.env.NX_TASK_TARGET_CONFIGURATION === 'production';

module.exports = {
  output: { path: `${__dirname}/../../dist/apps/api` },
  plugins: [
    new NxAppWebpackPlugin({
      compiler: 'tsc',
      main: './src/main.ts',
      optimization: isProduction,
      outputHashing: 'none',
      sourceMap: true,
      target: 'node',
      tsConfig: './tsconfig.app.json',
    }),
  ],
};
