/** What an audit found: all of it counted, the first twenty told. */
export class Differences {
  count = 0;
  readonly first: string[] = [];

  add(sentence: string): void {
    this.count += 1;
    if (this.first.length < 20) this.first.push(sentence);
  }
}
