import type { MessageFormatElement } from '@formatjs/icu-messageformat-parser'

export function formatMessage(
  message: readonly MessageFormatElement[],
  values: Record<string, unknown>,
  tag: string,
): string
