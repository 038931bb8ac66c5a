/** One question; `before` is written above it. */
export type Question = { readonly message: string } & (
  | { readonly type: 'confirm'; readonly default: boolean }
  | { readonly type: 'input'; readonly default?: string }
  | { readonly type: 'password' }
  | {
      readonly type: 'select';
      /** `short`: what stands behind the question once it is answered. */
      readonly choices: readonly { readonly name: string; readonly value: string; readonly short: string }[];
    }
);
