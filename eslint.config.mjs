import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['cdk.out/**', 'node_modules/**', 'coverage/**'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: 'aws-cdk-lib',
              message: "Import from 'aws-cdk-lib/core': the barrel makes type-checking three times slower.",
            },
          ],
        },
      ],
      // A construct is made for its effect on the tree.
      'no-new': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ['constructs/**/*.ts'],
    ignores: ['constructs/pipeline/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [{ name: 'aws-cdk-lib', message: "Import from 'aws-cdk-lib/core'." }],
          patterns: [{ group: ['@aws-sdk/*'], message: 'Constructs depend on aws-cdk-lib and constructs only.' }],
        },
      ],
    },
  },
);
