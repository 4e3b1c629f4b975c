// What a policy is: a pure function from resources to sentences. The same rules are run by the tests over
// the resources of a program under mocks, and by `pulumi --policy-pack infra/policy-pack` over real ones.

/** A resource as both see it. Values that are not known yet (in a preview) are absent or `unknown`. */
export interface Subject {
  /** Such as aws:s3/bucket:Bucket. */
  readonly type: string;
  readonly name: string;
  /** Empty where it is not known yet. */
  readonly id: string;
  readonly props: Readonly<Record<string, unknown>>;
  readonly options: {
    readonly isProtected: boolean;
    readonly ignoreChanges: readonly string[];
  };
}

/** What the stack is for, where a rule depends on it. */
export interface Surroundings {
  readonly role: "global" | "prod" | "dr";
  readonly isActive: boolean;
}

export interface Violation {
  readonly rule: string;
  /** Logical name of the resource. */
  readonly name: string;
  readonly message: string;
}

export interface Rule {
  readonly name: string;
  /** What goes wrong without it; ids in brackets are those of cdk-nag's AWS Solutions rules. */
  readonly why: string;
  /**
   * It holds for what a program asks for, not for what a failover has made of it since: the policy pack,
   * which sees both, leaves it out.
   */
  readonly isOfCreation?: boolean;
  check(all: readonly Subject[], surroundings: Surroundings): Violation[];
}

/** A rule that looks at one resource of certain types at a time: sentences of what is wrong. */
export function each(
  name: string,
  why: string,
  types: readonly string[],
  faults: (props: Readonly<Record<string, unknown>>, subject: Subject) => readonly Fault[],
): Rule {
  return {
    name,
    why,
    check: (all) =>
      all
        .filter(({ type }) => types.includes(type))
        .flatMap((subject) => told(name, subject, faults(subject.props, subject))),
  };
}

/** A rule over all resources of a stack. */
export function across(
  name: string,
  why: string,
  faults: (
    all: readonly Subject[],
    surroundings: Surroundings,
  ) => readonly (readonly [subject: Subject, fault: Fault])[],
): Rule {
  return {
    name,
    why,
    check: (all, surroundings) =>
      faults(all, surroundings).flatMap(([subject, fault]) => told(name, subject, [fault])),
  };
}

/** A sentence, or nothing where all is well. */
export type Fault = string | false | undefined;

function told(rule: string, { name }: Subject, faults: readonly Fault[]): Violation[] {
  return faults.flatMap((message) =>
    typeof message === "string" ? [{ rule, name, message }] : [],
  );
}

/** The value at a path of keys and indexes; `undefined` where there is none. */
export function at(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((inner, key) => {
    return typeof inner === "object" && inner !== null
      ? (inner as Record<string, unknown>)[key]
      : undefined;
  }, value);
}

export function listAt(value: unknown, path: string): readonly unknown[] {
  const found = at(value, path);
  return Array.isArray(found) ? found : [];
}

/** Whether something is there: neither absent nor empty. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "" && value !== false;
}

export function ofType(all: readonly Subject[], ...types: readonly string[]): Subject[] {
  return all.filter(({ type }) => types.includes(type));
}

/** Those that name another resource by its id, ARN or name under a key. */
export function attached(
  all: readonly Subject[],
  type: string,
  key: string,
  to: Subject,
): Subject[] {
  const names = [to.id, to.props.arn, to.props.bucket, to.props.name].filter(isGiven);
  return ofType(all, type).filter(({ props }) => names.includes(props[key]));
}

export interface Statement {
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly principal: unknown;
  readonly condition: unknown;
}

/** The statements of a policy document, as text or object; none where it is not known yet. */
export function statementsOf(document: unknown): Statement[] {
  let parsed: unknown = document;
  if (typeof document === "string") {
    try {
      parsed = JSON.parse(document);
    } catch {
      return [];
    }
  }
  const raw = at(parsed, "Statement");
  const statements = Array.isArray(raw) ? raw : raw === undefined ? [] : [raw];
  return statements.map((statement) => ({
    effect: String(at(statement, "Effect") ?? ""),
    actions: strings(at(statement, "Action")),
    resources: strings(at(statement, "Resource")),
    principal: at(statement, "Principal"),
    condition: at(statement, "Condition"),
  }));
}

function strings(value: unknown): string[] {
  const list = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return list.filter((one): one is string => typeof one === "string");
}
