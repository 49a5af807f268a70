import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Lazy, Tokenization } from 'aws-cdk-lib/core';
import { Analyzer, type AnalyzerOptions } from '../../constructs/analyzer';

const valid: AnalyzerOptions = { datasetFormat: 'csv-with-header' };

describe('Analyzer', () => {
  test('arguments are the kind and the options in the spelling of a command line', () => {
    const options: AnalyzerOptions = { ...valid, modelPackageGroupName: 'loans', startOffsetMinutes: 60 };
    expect(Analyzer.arguments('model-quality', options)).toEqual([
      'model-quality',
      '--dataset-format',
      'csv-with-header',
      '--model-package-group-name',
      'loans',
      '--start-offset-minutes',
      '60',
    ]);
  });

  test('zero and false are given, what is undefined is not', () => {
    const options: AnalyzerOptions = { skipCheck: false, endOffsetMinutes: 0, modelName: undefined };
    expect(Analyzer.arguments('bias', options)).toEqual(['bias', '--skip-check', 'false', '--end-offset-minutes', '0']);
  });

  test('values that are only known when the job starts stay what they are', () => {
    const late = { Get: 'Execution.StartDateTime' };
    const options: AnalyzerOptions<typeof late> = { runTime: late };
    expect(Analyzer.arguments('attribution', options)).toEqual(['attribution', '--run-time', late]);
    const token = Lazy.string({ produce: () => 'group' });
    const [, , rendered] = Analyzer.arguments('attribution', { modelPackageGroupName: token });
    expect(Tokenization.isResolvable(Tokenization.reverse(rendered))).toBe(true);
  });

  test('the compiler refuses kinds, formats and late values that there are not', () => {
    // @ts-expect-error there is no such kind
    Analyzer.arguments('drift', valid);
    // @ts-expect-error there is no such form
    Analyzer.arguments('bias', { datasetFormat: 'parquet' });
    // @ts-expect-error the problem has to be known early
    Analyzer.arguments<object>('model-quality', { problemType: {} });
    expect(Analyzer.arguments('bias', valid)).toHaveLength(3);
  });

  test('the folder holds the program that the entry point starts, and no compiled files', () => {
    const [interpreter, file] = Analyzer.entrypoint;
    expect(interpreter).toBe('python3');
    expect(file.startsWith(`${Analyzer.inputs.code}/`)).toBe(true);
    expect(existsSync(join(Analyzer.folder, file.slice(Analyzer.inputs.code.length + 1)))).toBe(true);
    expect(existsSync(join(Analyzer.folder, '__pycache__'))).toBe(false);
  });

  test('inputs and output are folders of processing jobs, apart from each other', () => {
    const folders = [...Object.values(Analyzer.inputs), Analyzer.output];
    expect(folders.filter(folder => !folder.startsWith('/opt/ml/processing/'))).toEqual([]);
    const nested = folders.filter(folder => folders.some(other => other !== folder && folder.startsWith(`${other}/`)));
    expect(nested).toEqual([]);
    expect(new Set(folders).size).toBe(folders.length);
  });

  test('the program takes every option that can be given, and looks into every input', () => {
    const source = readFileSync(join(__dirname, '../../constructs/analyzer/analyzer.ts'), 'utf8');
    const program = readFileSync(join(Analyzer.folder, 'open_monitor/arguments.py'), 'utf8');
    const [, body = ''] = /interface AnalyzerOptions<[^>]*> \{([\s\S]*?)\n\}/.exec(source) ?? [];
    const names = [...body.matchAll(/readonly (\w+)\?:/g)].map(([, name = '']) => name);
    const spelled = names.map(name => `"--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}"`);
    expect(names).toHaveLength(20);
    expect(spelled.filter(name => !program.includes(`(${name},`) && !program.includes(`(${name})`))).toEqual([]);
    const { code, ...read } = Analyzer.inputs;
    const places = Object.values(read).map(folder => `INPUT / "${folder.slice('/opt/ml/processing/input/'.length)}"`);
    expect(places.filter(place => !program.includes(place))).toEqual([]);
    expect(code).toBe('/opt/ml/processing/input/code');
  });
});
