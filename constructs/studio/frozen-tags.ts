import type { CfnResource } from 'aws-cdk-lib/core';

/**
 * Gives a resource exactly these tags, for resources that a change of tags would replace.
 *
 * `Tags.of(app).add(...)` can come from anywhere and later than this; an override of the template has the last word over all aspects.
 */
export function freezeTags(resource: CfnResource, tags: Readonly<Record<string, string>> = {}): void {
  const list = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  if (list.length > 0) {
    resource.addPropertyOverride('Tags', list);
  } else {
    resource.addPropertyDeletionOverride('Tags');
  }
}
