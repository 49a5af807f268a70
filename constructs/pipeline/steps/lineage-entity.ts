import type {
  ActionStatus,
  ArtifactSourceIdType,
  AssociationEdgeType,
  CreateActionRequest,
  CreateArtifactRequest,
  CreateContextRequest,
  MetadataProperties,
  Tag,
} from '@aws-sdk/client-sagemaker';
import type { Arguments } from '../arguments';
import type { Value } from '../expression';
import { count, maxLength, type Rule, rule } from '../problem';

interface EntityBase {
  /**
   * Name of the entity: up to 120 letters, digits and hyphens (of a context, also _), a letter or digit at both ends.
   *
   * @default - the key
   */
  readonly name?: Value<string>;

  /** Kind of the entity in your words, such as `EvaluationReport`: up to 256 characters. */
  readonly type: Value<string>;

  /** URI of what the entity stands for: up to 2048 characters. */
  readonly sourceUri: Value<string>;

  /**
   * Texts of your own, by name: up to 30.
   *
   * @default - none
   */
  readonly properties?: Readonly<Record<string, Value<string>>>;

  /**
   * Tags of the entity: up to 50.
   *
   * @default - none
   */
  readonly tags?: Readonly<Record<string, Value<string>>>;
}

interface Described {
  /**
   * What the entity is, up to 3072 characters.
   *
   * @default - none
   */
  readonly description?: Value<string>;

  /**
   * Kind of the source in your words, up to 256 characters.
   *
   * @default - none
   */
  readonly sourceType?: Value<string>;

  /**
   * Id of the source, up to 256 characters.
   *
   * @default - none
   */
  readonly sourceId?: Value<string>;
}

interface WithMetadata {
  /**
   * Where the entity comes from: commit, repository, project.
   *
   * @default - none
   */
  readonly metadata?: Arguments<MetadataProperties>;
}

/** Something that was done, such as a training or an evaluation. */
export interface LineageAction extends EntityBase, Described, WithMetadata {
  /**
   * How the action stands.
   *
   * @default - none is recorded
   */
  readonly status?: ActionStatus;
}

/** Something that was used or made, such as a data set or a model. */
export interface LineageArtifact extends EntityBase, WithMetadata {
  /**
   * Ids of the source, by the kind of id.
   *
   * @default - none
   */
  readonly sourceIds?: Readonly<Partial<Record<ArtifactSourceIdType, Value<string>>>>;
}

/** What other entities belong to, such as a project. */
export interface LineageContext extends EntityBase, Described {}

/** An entity of the step by its key, of another lineage step of the execution by its kind and name, or any by its ARN. */
export type LineageEntity<Action extends string, Artifact extends string, Context extends string> =
  | { readonly action: Action }
  | { readonly artifact: Artifact }
  | { readonly context: Context }
  | { readonly kind: 'Action' | 'Artifact' | 'Context'; readonly name: Value<string> }
  | { readonly arn: Value<string> };

/** A statement that one entity has to do with another. */
export interface LineageAssociation<Action extends string, Artifact extends string, Context extends string> {
  readonly source: LineageEntity<Action, Artifact, Context>;
  readonly destination: LineageEntity<Action, Artifact, Context>;

  /**
   * What the source has to do with the destination.
   *
   * @default - none is recorded
   */
  readonly type?: AssociationEdgeType;
}

export function renderAction(key: string, action: LineageAction): Arguments<CreateActionRequest> {
  return {
    ActionName: action.name ?? key,
    ActionType: action.type,
    Source: { SourceUri: action.sourceUri, SourceType: action.sourceType, SourceId: action.sourceId },
    Description: action.description,
    Status: action.status,
    Properties: action.properties,
    MetadataProperties: action.metadata,
    Tags: renderTags(action),
  };
}

export function renderArtifact(key: string, artifact: LineageArtifact): Arguments<CreateArtifactRequest> {
  const ids = Object.entries(artifact.sourceIds ?? {}) as [ArtifactSourceIdType, Value<string>][];
  return {
    ArtifactName: artifact.name ?? key,
    ArtifactType: artifact.type,
    Source: {
      SourceUri: artifact.sourceUri,
      SourceTypes: ids.length > 0 ? ids.map(([SourceIdType, id]) => ({ SourceIdType, Value: id })) : undefined,
    },
    Properties: artifact.properties,
    MetadataProperties: artifact.metadata,
    Tags: renderTags(artifact),
  };
}

export function renderContext(key: string, context: LineageContext): Arguments<CreateContextRequest> {
  return {
    ContextName: context.name ?? key,
    ContextType: context.type,
    Source: { SourceUri: context.sourceUri, SourceType: context.sourceType, SourceId: context.sourceId },
    Description: context.description,
    Properties: context.properties,
    Tags: renderTags(context),
  };
}

function renderTags({ tags }: EntityBase): Arguments<Tag>[] | undefined {
  return tags && Object.entries(tags).map(([Key, value]) => ({ Key, Value: value }));
}

export function entityRules(at: string, key: string, entity: EntityBase & Described, allowed: '-' | '-_'): Rule[] {
  const pattern = new RegExp(`^[a-zA-Z0-9]([${allowed === '-' ? '-' : '_-'}]*[a-zA-Z0-9]){0,119}$`);
  const signs = allowed === '-' ? 'letters, digits and hyphens' : 'letters, digits, - and _';
  return [
    rule(
      entity.name ?? key,
      name => pattern.test(String(name)),
      `'${at}' must have a name of 1 to 120 ${signs}, and start and end with a letter or digit`,
    ),
    maxLength(`${at}.type`, entity.type, 256),
    maxLength(`${at}.sourceUri`, entity.sourceUri, 2048),
    rule(entity.sourceUri, uri => uri !== '', `'${at}.sourceUri' must not be empty`),
    maxLength(`${at}.sourceType`, entity.sourceType, 256),
    maxLength(`${at}.sourceId`, entity.sourceId, 256),
    maxLength(`${at}.description`, entity.description, 3072),
    count(`${at}.properties`, entity.properties, 30),
    count(`${at}.tags`, entity.tags, 50),
  ];
}
