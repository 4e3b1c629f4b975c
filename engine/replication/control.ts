// Control: what operators told an engine, kept across its restarts. It narrows what the engine may do
// by itself; it never widens what the protocol lets it do, with the one exception of a force.

export interface Control {
  /** Hands off: the engine stands for no election by itself. Operators still may hand over. */
  readonly isPaused: boolean;
  /** It serves nobody and stands for nothing; it goes on answering appends and voting. */
  readonly isFenced: boolean;
  /** It was forced in this epoch, and no other member has everything yet (rule 11); 0 = no. */
  readonly aloneEpoch: number;
  /** The incarnation of its seat that has taken its place (rule 14); 0 = none. */
  readonly replacedBy: number;
}

export const noControl: Control = {
  isPaused: false,
  isFenced: false,
  aloneEpoch: 0,
  replacedBy: 0,
};

/** Durable on return. */
export interface ControlStore {
  load(): Control;
  write(control: Control): void;
}
