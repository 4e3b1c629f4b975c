// Planting: one method of a class is replaced by a wrong one, for the whole thread.

type Method<Self> = (self: Self, ...parameters: never[]) => unknown;

/** `wrong` gets the right method too, bound to nothing: it may do more, less or something else. */
export function plantIn<Self>(
  owner: { readonly prototype: object },
  name: string,
  wrong: (right: (self: Self, ...parameters: unknown[]) => unknown) => Method<Self>,
): void {
  const { prototype } = owner;
  const original: unknown = Reflect.get(prototype, name);
  if (typeof original !== "function") throw new Error(`there is no method ${name} to break`);
  const replaced = wrong((self, ...parameters) => Reflect.apply(original, self, parameters));
  Reflect.defineProperty(prototype, name, {
    configurable: true,
    value(this: Self, ...parameters: never[]) {
      return replaced(this, ...parameters);
    },
  });
}
