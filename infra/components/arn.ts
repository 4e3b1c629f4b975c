// What an ARN tells of itself, the ARN of its replica, and the ARN that an image's name tells. Pure.

interface ArnParts {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly resource: string;
}

export function arnParts(arn: string): ArnParts {
  const [, partition = "", , region = "", account = "", ...resource] = arn.split(":");
  return { partition, region, account, resource: resource.join(":") };
}

/** Of a replica, which differs in its region alone. */
export function inRegion(arn: string, region: string): string {
  return arn.split(":").with(3, region).join(":");
}

/** The repository of an image in ECR; `null` for an image of another registry, which needs no right. */
export function repositoryArn(image: string): string | null {
  const found = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/([^:@]+)/.exec(image);
  if (found === null) return null;
  const [, account, region, repository] = found;
  return `arn:aws:ecr:${region}:${account}:repository/${repository}`;
}
