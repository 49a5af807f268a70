import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ASYNCHRONOUS,
  ASYNCHRONOUS_REFUSES,
  MODES,
  type Mode,
  type Refusal,
  ROLLING,
  ROLLING_REFUSES,
  SERVERLESS,
  SERVERLESS_REFUSES,
} from '../../constructs/endpoint/limits';

const page = readFileSync(join(__dirname, '../../docs/inference.md'), 'utf8');
const readme = readFileSync(join(__dirname, '../../constructs/endpoint/README.md'), 'utf8');

/** Cells of the rows of the table under a heading, without its two head lines. */
function tableUnder(heading: string): string[][] {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const lines =
    section
      .split(/\n## /)[0]
      ?.split('\n')
      .filter(line => line.startsWith('|')) ?? [];
  return lines.slice(2).map(line =>
    line
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim()),
  );
}

const size = (megabytes: number) => (megabytes < 1000 ? `${megabytes} MB` : `${megabytes / 1000} GB`);
const time = (seconds: number) => (seconds < 3600 ? `${seconds} s` : `${seconds / 3600} h`);

describe('docs/inference.md says what the code checks', () => {
  test('of the modes', () => {
    const rows = Object.values<Mode>(MODES).map(mode => [
      `[${mode.title}](${mode.source})`,
      mode.traffic,
      mode.answer,
      size(mode.payloadMB),
      time(mode.seconds),
      mode.atRest,
    ]);
    expect(tableUnder('Choosing')).toEqual(rows);
  });

  test.each<[string, Readonly<Record<string, Refusal>>]>([
    ['What a serverless endpoint refuses', SERVERLESS_REFUSES],
    ['What an asynchronous endpoint refuses', ASYNCHRONOUS_REFUSES],
    ['What a rolling deployment refuses', ROLLING_REFUSES],
  ])('in "%s"', (heading, refusals) => {
    const rows = Object.values(refusals).map(({ feature, why, by, source }) => [feature, `[${why}](${source})`, by]);
    expect(tableUnder(heading)).toEqual(rows);
  });

  test('of the numbers', () => {
    const [least, most] = [SERVERLESS.memorySizesMiB[0], SERVERLESS.memorySizesMiB.at(-1)];
    expect(tableUnder('Numbers')).toEqual([
      ['serverless: memory', `${least} to ${String(most)} MiB in steps of 1024`],
      ['serverless: requests at once', `1 to ${SERVERLESS.maxConcurrency}`],
      ['asynchronous: requests at once in a container', `1 to ${ASYNCHRONOUS.maxConcurrentInvocationsPerInstance}`],
      ['rolling: batch', `${ROLLING.minPercent} to ${ROLLING.maxPercent} percent of the fleet`],
      ['rolling: batch on the way back', `${ROLLING.minPercent} to ${ROLLING.maxRollbackPercent} percent of the fleet`],
    ]);
    SERVERLESS.memorySizesMiB.forEach((memory, index) => {
      expect(memory).toBe((index + 1) * 1024);
    });
  });

  test('and the README of the folder names the same limits', () => {
    const { realTime, serverless, asynchronous } = MODES;
    for (const { title, payloadMB, seconds } of [realTime, serverless, asynchronous]) {
      expect(readme).toContain(`${title.toLowerCase()} ${size(payloadMB)}, ${time(seconds)}`);
    }
  });
});
