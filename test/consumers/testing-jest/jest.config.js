export default {
  preset: 'ts-jest/presets/default-esm',
  testEnvironment: 'node',
  // TypeScript's own names of modules are those of what it compiles to.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
};
