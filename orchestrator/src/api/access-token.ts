/** The token of the API: one at a time. When it is changed, what was opened with the one before ends. */
export interface AccessToken {
  current(): string;
  onChange(listener: () => void): void;
}

export interface ChangeableToken extends AccessToken {
  change(token: string): void;
}

export function createAccessToken(first: string): ChangeableToken {
  let token = first;
  const listeners: (() => void)[] = [];
  return {
    current: () => token,
    onChange: (listener) => void listeners.push(listener),
    change(next) {
      token = next;
      for (const listener of listeners) listener();
    },
  };
}
