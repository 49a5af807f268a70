import { Token } from 'aws-cdk-lib/core';
import type { StepContext } from '../context';
import { Expression, isPlainObject, Late } from '../expression';
import { Float } from '../json';
import type { Step } from '../step';
import { departureOf, REQUESTS } from './departure';
import { brokenRelations } from './relation';
import { type Service, type Shape, shapeOf, words } from './table';
import { enumProblem, missing, numberProblem, sizeProblem, textProblem, typeProblem, unknownMember } from './wording';

export interface LimitOptions {
  /** Members and values that the tables do not know pass. */
  readonly allowUnknown?: boolean;
}

/** What is wrong with the arguments of one step, in the words of an error message. */
export interface LimitFindings {
  readonly problems: readonly string[];

  /** What is wrong with the texts that only a pipeline knows. */
  readonly late: (context: StepContext) => readonly string[];
}

/**
 * Compares the literals in a step's arguments with what the service's model says of the request: members, types, ranges, lengths,
 * patterns, and members that exclude each other. Expressions and tokens pass, because nobody knows their values yet.
 */
export function limitFindings(step: Step, options: LimitOptions = {}): LimitFindings {
  const request = REQUESTS[step.type];
  if (!request) return { problems: [], late: () => [] };
  const walk = new Walk(request.service, options);
  walk.visit(request.shape, step.arguments, 'Arguments');
  const { problems, late } = walk;
  return { problems, late: context => late.flatMap(check => check(context)) };
}

class Walk {
  public readonly problems: string[] = [];
  public readonly late: ((context: StepContext) => readonly string[])[] = [];

  public constructor(
    private readonly service: Service,
    private readonly options: LimitOptions,
  ) {}

  public visit(name: string, given: unknown, at: string): void {
    const value = given instanceof Float ? given.number : given;
    if (value instanceof Late) {
      // Before tokens, which it looks like.
      this.late.push(context => this.lateProblems(name, value.resolve(context), at));
      return;
    }
    const shape = shapeOf(this.service, name);
    if (shape.type === 'any' || Token.isUnresolved(value)) return;
    const isSimple = !['list', 'map', 'structure', 'union'].includes(shape.type);
    if (value instanceof Expression && isSimple) return;
    if (!fits(shape.type, value)) {
      this.problems.push(typeProblem(at, shape, value));
      return;
    }
    if (Array.isArray(value)) this.visitList(shape, value, at);
    else if (isPlainObject(value)) this.visitMembers(name, shape, value, at);
    else this.visitSimple(shape, value as string | number | boolean, `'${at}'`);
  }

  private lateProblems(name: string, text: string, at: string): readonly string[] {
    const walk = new Walk(this.service, this.options);
    walk.visit(name, text, at);
    return walk.problems;
  }

  private visitList(shape: Shape, items: readonly unknown[], at: string): void {
    this.problems.push(...sizeProblem(at, shape, items.length));
    items.forEach((item, index) => this.visit(shape.item ?? 'any', item, `${at}[${index}]`));
  }

  private visitMembers(name: string, shape: Shape, value: Readonly<Record<string, unknown>>, at: string): void {
    // Tokens can stand for members of a map.
    const members = Object.entries(value).filter(([key, member]) => member !== undefined && !Token.isUnresolved(key));
    if (shape.type === 'map') {
      this.problems.push(...sizeProblem(at, shape, members.length));
      for (const [key, member] of members) {
        this.visitSimple(shapeOf(this.service, shape.key ?? 'string'), key, `names in '${at}'`);
        this.visit(shape.value ?? 'any', member, `${at}['${key}']`);
      }
      return;
    }
    const { members: known = {} } = shape;
    const { refused = {} } = departureOf(name);
    for (const [key, member] of members) {
      const reason = Object.hasOwn(refused, key) ? refused[key] : undefined;
      const inner = Object.hasOwn(known, key) ? known[key] : undefined;
      if (reason !== undefined) this.problems.push(`'${at}.${key}' must be left out, because ${reason}, got: a value`);
      else if (inner !== undefined) this.visit(inner, member, `${at}.${key}`);
      else if (this.options.allowUnknown !== true)
        this.problems.push(
          unknownMember(
            at,
            key,
            Object.keys(known).filter(each => !Object.hasOwn(refused, each)),
          ),
        );
    }
    this.visitTogether(name, shape, Object.fromEntries(members), at);
  }

  /** What no member breaks alone. */
  private visitTogether(name: string, shape: Shape, value: Readonly<Record<string, unknown>>, at: string): void {
    for (const member of words(shape.required)) {
      if (value[member] === undefined) this.problems.push(missing(`${at}.${member}`));
    }
    const given = Object.keys(value);
    if (shape.type === 'union' && given.length !== 1) {
      const all = Object.keys(shape.members ?? {}).join(', ');
      this.problems.push(`'${at}' must have exactly one of ${all}, got: ${given.join(' and ') || 'none'}`);
    }
    for (const { member, must, got } of brokenRelations(name, value)) {
      this.problems.push(`'${member === '' ? at : `${at}.${member}`}' must ${must}, got: ${got}`);
    }
  }

  private visitSimple(shape: Shape, value: string | number | boolean, subject: string): void {
    if (typeof value === 'number') this.problems.push(...numberProblem(subject, shape, value));
    if (typeof value !== 'string') return;
    this.problems.push(
      ...(shape.enum === undefined
        ? textProblem(subject, shape, value)
        : enumProblem(subject, words(shape.enum), value, this.options.allowUnknown)),
    );
  }
}

const FITS: Readonly<Record<Exclude<Shape['type'], 'any'>, (value: unknown) => boolean>> = {
  string: value => typeof value === 'string',
  boolean: value => typeof value === 'boolean',
  integer: Number.isInteger,
  number: value => typeof value === 'number' && Number.isFinite(value),
  list: Array.isArray,
  map: isPlainObject,
  structure: isPlainObject,
  union: isPlainObject,
};

function fits(type: Exclude<Shape['type'], 'any'>, value: unknown): boolean {
  return FITS[type](value);
}
