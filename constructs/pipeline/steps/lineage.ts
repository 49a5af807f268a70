import type { StepContext } from '../context';
import { Expression, Get, type Value } from '../expression';
import { allow, grant, namesOf } from '../permission';
import { count, problemsOf } from '../problem';
import { AwaitableStep, type StepProps } from '../step';
import {
  entityRules,
  type LineageAction,
  type LineageArtifact,
  type LineageAssociation,
  type LineageContext,
  type LineageEntity,
  renderAction,
  renderArtifact,
  renderContext,
} from './lineage-entity';

export interface LineageStepProps<
  Action extends string,
  Artifact extends string,
  Context extends string,
> extends StepProps {
  /**
   * What was done, by key: up to 5.
   *
   * @default - none
   */
  readonly actions?: Readonly<Record<Action, LineageAction>>;

  /**
   * What was used or made, by key: up to 5.
   *
   * @default - none
   */
  readonly artifacts?: Readonly<Record<Artifact, LineageArtifact>>;

  /**
   * What the others belong to, by key: up to 5.
   *
   * @default - none
   */
  readonly contexts?: Readonly<Record<Context, LineageContext>>;

  /**
   * What has to do with what: up to 10.
   *
   * @default - none
   */
  readonly associations?: readonly LineageAssociation<NoInfer<Action>, NoInfer<Artifact>, NoInfer<Context>>[];
}

const MAX_ENTITIES = 5;
const MAX_ASSOCIATIONS = 10;

/** What entities can be, in the words of ARNs. */
const RESOURCES = { Action: 'action', Artifact: 'artifact', Context: 'context' } as const;

type Kind = keyof typeof RESOURCES;
type Entities = Readonly<Record<string, { readonly name?: Value<string> }>>;
type AnyProps = LineageStepProps<string, string, string>;
type AnyEntity = LineageEntity<string, string, string>;

/**
 * Records where something comes from: actions, artifacts, contexts, and what they have to do with each other.
 *
 * Costs nothing. What it records stays when the execution ends. The service neither retries nor caches this step.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/lineage-tracking.html
 */
export class LineageStep<
  Action extends string = never,
  Artifact extends string = never,
  Context extends string = never,
> extends AwaitableStep {
  private readonly props: AnyProps;

  public constructor(name: string, props: LineageStepProps<Action, Artifact, Context>) {
    // Inside, keys are texts; outside, the compiler knows them.
    const all = props as unknown as AnyProps;
    super(name, { type: 'Lineage', props, arguments: renderArguments(all), problems: problemsIn(all) });
    this.props = all;
  }

  /** ARN of an action of this step, whose name must be known at synthesis. */
  public actionArn(key: Action): Expression<string> {
    return this.arnOf('Action', key, this.props.actions);
  }

  /** ARN of an artifact of this step, whose name must be known at synthesis. */
  public artifactArn(key: Artifact): Expression<string> {
    return this.arnOf('Artifact', key, this.props.artifacts);
  }

  /** ARN of a context of this step, whose name must be known at synthesis. */
  public contextArn(key: Context): Expression<string> {
    return this.arnOf('Context', key, this.props.contexts);
  }

  public override bind(context: StepContext): void {
    const { actions = {}, artifacts = {}, contexts = {}, associations = [] } = this.props;
    const create = (kind: Kind, entities: Entities) => {
      const resources = [...new Set(Object.entries(entities).flatMap(([key, { name = key }]) => arns(kind, name)))];
      if (resources.length > 0) grant(context, ['sagemaker:AddTags', `sagemaker:Create${kind}`], resources, UNKNOWN);
    };
    create('Action', actions);
    create('Artifact', artifacts);
    create('Context', contexts);
    for (const entity of associations.flatMap(({ source, destination }) => [source, destination])) {
      this.grantAssociation(entity, context);
    }
  }

  private grantAssociation(entity: AnyEntity, context: StepContext): void {
    const actions = ['sagemaker:AddAssociation'];
    if (!('arn' in entity)) {
      const { Name, Type } = refer(entity, this.props);
      grant(context, actions, arns(Type, Name), UNKNOWN);
    } else if (entity.arn instanceof Expression) {
      grant(
        context,
        actions,
        [...Object.values(RESOURCES), ...TRACKED].map(kind => `${kind}/*`),
        UNKNOWN,
      );
    } else {
      allow(context.pipelineRole, { actions, resources: [entity.arn] });
    }
  }

  private arnOf(kind: Kind, key: string, entities: Entities = {}): Expression<string> {
    const { name = key } = entities[key] ?? {};
    if (name instanceof Expression) {
      throw new Error(
        `step '${this.name}': '${key}' must have a name that is known at synthesis for its ARN to be read, got: ${JSON.stringify(name.render())}`,
      );
    }
    return new Get<string>(`Steps.${this.name}.${kind}Arns['${name}']`, [this]);
  }
}

const UNKNOWN = 'SageMaker makes up the ARNs of artifacts, and names may only be known when the pipeline runs';

/** What else an ARN in an association can name. */
const TRACKED = ['experiment', 'experiment-trial-component'];

/** An artifact's ARN ends with a hash of its source, the others' with their name. */
function arns(kind: Kind, name: Value<string>): readonly string[] {
  return (kind === 'Artifact' ? ['*'] : namesOf(name)).map(each => `${RESOURCES[kind]}/${each}`);
}

function renderArguments(props: AnyProps): object {
  const { actions, artifacts, contexts, associations } = props;
  const list = <T>(entities: Readonly<Record<string, T>> | undefined, renderEach: (key: string, entity: T) => object) =>
    entities && Object.entries(entities).map(([key, entity]) => renderEach(key, entity));
  const end = (entity: AnyEntity) => ('arn' in entity ? { Arn: entity.arn } : refer(entity, props));
  return {
    Actions: list(actions, renderAction),
    Artifacts: list(artifacts, renderArtifact),
    Contexts: list(contexts, renderContext),
    Associations: associations?.map(({ source, destination, type }) => ({
      Source: end(source),
      Destination: end(destination),
      AssociationType: type,
    })),
  };
}

function refer(
  entity: Exclude<AnyEntity, { readonly arn: Value<string> }>,
  { actions = {}, artifacts = {}, contexts = {} }: AnyProps,
): { readonly Name: Value<string>; readonly Type: Kind } {
  const own = (Type: Kind, key: string, entities: Entities) => ({ Name: entities[key]?.name ?? key, Type });
  if ('action' in entity) return own('Action', entity.action, actions);
  if ('artifact' in entity) return own('Artifact', entity.artifact, artifacts);
  if ('context' in entity) return own('Context', entity.context, contexts);
  return { Name: entity.name, Type: entity.kind };
}

function problemsIn(props: AnyProps): readonly string[] {
  const { actions = {}, artifacts = {}, contexts = {}, associations = [] } = props;
  const number = [actions, artifacts, contexts, associations].flatMap(each => Object.keys(each)).length;
  return problemsOf(
    [number > 0, `'actions', 'artifacts', 'contexts' or 'associations' must hold something, got: nothing`],
    count('actions', actions, MAX_ENTITIES),
    count('artifacts', artifacts, MAX_ENTITIES),
    count('contexts', contexts, MAX_ENTITIES),
    count('associations', associations, MAX_ASSOCIATIONS),
    ...Object.entries(actions).flatMap(([key, entity]) => entityRules(`actions.${key}`, key, entity, '-')),
    ...Object.entries(artifacts).flatMap(([key, entity]) => entityRules(`artifacts.${key}`, key, entity, '-')),
    ...Object.entries(contexts).flatMap(([key, entity]) => entityRules(`contexts.${key}`, key, entity, '-_')),
  );
}
