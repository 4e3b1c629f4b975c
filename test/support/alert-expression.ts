// What an alert's expression gives at one moment: the part of PromQL that Castle's rules use, after its
// documentation (operators, their precedence, aggregations, absent). A rate is handed in, not measured.

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly metric: string;
  readonly labels: Labels;
  readonly value: number;
  /** What `rate` gives of it, `increase` too: times the window. */
  readonly perSecond?: number;
}

type Element = Pick<Sample, "labels" | "value" | "perSecond">;
type Value = number | readonly Element[];

const tokenPattern = /\s*(castle_\w+|[a-z_]+|\d+(?:\.\d+)?|"[^"]*"|==|[<>(){}[\]=,*/-])/y;
const keyOf = (labels: Labels) => JSON.stringify(Object.entries(labels).sort());
const compare: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  "<": (left, right) => left < right,
  ">": (left, right) => left > right,
  "==": (left, right) => left === right,
};
const arithmetic: Readonly<Record<string, (left: number, right: number) => number>> = {
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
};
const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };

/** Elements for which the alert would be pending. @throws Error on what it does not know */
export function firing(expression: string, samples: readonly Sample[]): readonly Element[] {
  const reader = new Reader(expression, samples);
  const value = reader.read();
  if (typeof value === "number") throw new Error(`a number is no condition: ${expression}`);
  return value;
}

class Reader {
  private readonly tokens: string[] = [];
  private readonly samples: readonly Sample[];

  constructor(text: string, samples: readonly Sample[]) {
    this.samples = samples;
    tokenPattern.lastIndex = 0;
    for (let at = 0; at < text.trimEnd().length; at = tokenPattern.lastIndex) {
      const token = tokenPattern.exec(text)?.[1];
      if (token === undefined) throw new Error(`not understood: ${text.slice(at)}`);
      this.tokens.push(token);
    }
  }

  read(): Value {
    const value = this.either();
    if (this.tokens.length > 0) throw new Error(`not understood: ${this.tokens.join(" ")}`);
    return value;
  }

  private take(wanted: string): boolean {
    if (this.tokens[0] !== wanted) return false;
    this.tokens.shift();
    return true;
  }

  private expect(wanted: string): void {
    if (!this.take(wanted)) throw new Error(`${wanted}, not ${this.tokens[0]}`);
  }

  private either(): Value {
    let left = this.both();
    while (this.take("or")) {
      const more = vector(this.both());
      const had = new Set(vector(left).map(({ labels }) => keyOf(labels)));
      left = [...vector(left), ...more.filter(({ labels }) => !had.has(keyOf(labels)))];
    }
    return left;
  }

  private both(): Value {
    let left = this.comparison();
    for (;;) {
      const isUnless = this.take("unless");
      if (!isUnless && !this.take("and")) return left;
      const others = new Set(vector(this.comparison()).map(({ labels }) => keyOf(labels)));
      left = vector(left).filter(({ labels }) => others.has(keyOf(labels)) !== isUnless);
    }
  }

  private comparison(): Value {
    const left = this.product();
    const holds = compare[this.tokens[0] ?? ""];
    if (holds === undefined) return left;
    this.tokens.shift();
    const right = this.product();
    if (typeof right !== "number") throw new Error("rules compare with numbers");
    return vector(left).filter(({ value }) => holds(value, right));
  }

  private product(): Value {
    let left = this.operand();
    for (;;) {
      const of = arithmetic[this.tokens[0] ?? ""];
      if (of === undefined) return left;
      this.tokens.shift();
      const right = this.operand();
      if (typeof left === "number" && typeof right === "number") left = of(left, right);
      else {
        const values = new Map(vector(right).map(({ labels, value }) => [keyOf(labels), value]));
        left = vector(left).flatMap(({ labels, value }) => {
          const other = values.get(keyOf(labels));
          return other === undefined ? [] : [{ labels, value: of(value, other) }];
        });
      }
    }
  }

  private operand(): Value {
    if (this.take("(")) return this.closed(this.either());
    if (this.take("-")) return -Number(this.tokens.shift());
    const word = this.tokens.shift() ?? "";
    if (/^\d/.test(word)) return Number(word);
    if (!this.take("(")) return this.selected(word);
    return this.closed(apply(word, this.either()));
  }

  private closed(value: Value): Value {
    this.expect(")");
    return value;
  }

  /** A metric, or its increase where a window follows. */
  private selected(metric: string): Value {
    const wanted: [string, string][] = [];
    if (this.take("{")) {
      while (!this.take("}")) {
        const label = this.tokens.shift() ?? "";
        this.expect("=");
        wanted.push([label, JSON.parse(this.tokens.shift() ?? "")]);
        this.take(",");
      }
    }
    const found = this.samples.filter(
      (sample) =>
        sample.metric === metric && wanted.every(([label, is]) => sample.labels[label] === is),
    );
    if (!this.take("[")) return found;
    const seconds = Number(this.tokens.shift()) * (unitSeconds[this.tokens.shift() ?? ""] ?? NaN);
    this.expect("]");
    return found.map(({ labels, perSecond = 0 }) => ({ labels, perSecond, value: seconds }));
  }
}

function vector(value: Value): readonly Element[] {
  if (typeof value === "number") throw new Error("a number where a vector belongs");
  return value;
}

function apply(name: string, argument: Value): Value {
  if (name === "vector") return [{ labels: {}, value: Number(argument) }];
  const elements = vector(argument);
  const values = elements.map(({ value }) => value);
  const whole = (value: number) => (elements.length === 0 ? [] : [{ labels: {}, value }]);
  switch (name) {
    case "max":
      return whole(Math.max(...values));
    case "min":
      return whole(Math.min(...values));
    case "sum":
      return whole(values.reduce((left, right) => left + right, 0));
    case "absent":
      return elements.length > 0 ? [] : [{ labels: {}, value: 1 }];
    case "rate":
      return elements.map(({ labels, perSecond = 0 }) => ({ labels, value: perSecond }));
    case "increase":
      return elements.map(({ labels, value, perSecond = 0 }) => ({
        labels,
        value: value * perSecond,
      }));
  }
  throw new Error(`unknown function ${name}`);
}
