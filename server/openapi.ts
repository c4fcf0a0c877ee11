import { Hono } from 'hono'
import { z } from 'zod'
import { chatBody } from './openai/chat-request.ts'
import { completionBody } from './openai/completion-request.ts'
import { embeddingBody } from './openai/embeddings.ts'
import { detokenizeBody, tokenizeBody } from './openai/tokens.ts'

const count = z.int().min(0)
const usage = z.object({ prompt_tokens: count, completion_tokens: count.optional(), total_tokens: count })
const finishReason = z.enum(['stop', 'length'])
const chatFinishReason = z.enum(['stop', 'length', 'tool_calls'])
const toolCall = {
  id: z.string(),
  type: z.literal('function'),
  function: z.object({ name: z.string(), arguments: z.string() }),
}
const tokenLikelihood = { token: z.string(), logprob: z.number(), bytes: z.array(z.int().min(0).max(255)).nullable() }
const chatLogprobs = z.object({
  content: z.array(z.object({ ...tokenLikelihood, top_logprobs: z.array(z.object(tokenLikelihood)) })),
  refusal: z.null(),
})
const reply = { id: z.string(), created: count, model: z.string() }

/** What the routes answer, as this server makes it; the tests hold it to that. */
export const answers = {
  chat: z.object({
    ...reply,
    object: z.literal('chat.completion'),
    choices: z.array(
      z.object({
        index: count,
        message: z.object({
          role: z.literal('assistant'),
          content: z.string().nullable(),
          refusal: z.null(),
          reasoning_content: z.string().optional(),
          tool_calls: z.array(z.object(toolCall)).optional(),
        }),
        logprobs: chatLogprobs.nullable(),
        finish_reason: chatFinishReason,
      }),
    ),
    usage,
  }),
  chatChunk: z.object({
    ...reply,
    object: z.literal('chat.completion.chunk'),
    choices: z.array(
      z.object({
        index: count,
        delta: z.object({
          role: z.literal('assistant').optional(),
          content: z.string().optional(),
          reasoning_content: z.string().optional(),
          tool_calls: z.array(z.object({ index: count, ...toolCall })).optional(),
        }),
        logprobs: chatLogprobs.nullable(),
        finish_reason: chatFinishReason.nullable(),
      }),
    ),
    usage: usage.nullish(),
  }),
  completion: z.object({
    ...reply,
    object: z.literal('text_completion'),
    choices: z.array(
      z.object({
        index: count,
        text: z.string(),
        logprobs: z
          .object({
            tokens: z.array(z.string()),
            token_logprobs: z.array(z.number().nullable()),
            top_logprobs: z.array(z.record(z.string(), z.number()).nullable()).nullable(),
            text_offset: z.array(count),
          })
          .nullable(),
        finish_reason: finishReason.nullable(),
      }),
    ),
    usage: usage.nullish(),
  }),
  embeddings: z.object({
    object: z.literal('list'),
    model: z.string(),
    data: z.array(
      z.object({ object: z.literal('embedding'), index: count, embedding: z.union([z.array(z.number()), z.string()]) }),
    ),
    usage,
  }),
  model: z.object({
    id: z.string(),
    object: z.literal('model'),
    created: count,
    owned_by: z.literal('endonym'),
    endonym: z.object({
      aliases: z.array(z.string()),
      role: z.enum(['base', 'adapter', 'student']),
      language: z.string().nullable(),
      name: z.string().nullable(),
      endonym: z.string().nullable(),
      direction: z.enum(['ltr', 'rtl']).nullable(),
      base: z.string().nullable(),
      parameters: count.nullable(),
      quantisation: z.string().nullable(),
      elsewhere: z.boolean(),
      best: z.boolean(),
      bits_per_byte: z.number().nullable(),
      articles: count.nullable(),
    }),
  }),
  get models() {
    return z.object({ object: z.literal('list'), data: z.array(answers.model) })
  },
  tokens: z.object({ tokens: z.array(z.union([count, z.object({ id: count, piece: z.string() })])) }),
  content: z.object({ content: z.string() }),
  health: z.object({ status: z.literal('ok'), loaded: z.array(z.string()), running: count, waiting: count }),
  ready: z.object({ status: z.enum(['ready', 'no models']), models: count }),
  error: z.object({
    error: z.object({
      message: z.string(),
      type: z.enum(['invalid_request_error', 'rate_limit_error', 'server_error']),
      param: z.string().nullable(),
      code: z.string().nullable(),
    }),
  }),
}

const schemaOf = (type: z.ZodType, io: 'input' | 'output') => {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io, unrepresentable: 'any' })
  return schema
}

const json = (type: z.ZodType, io: 'input' | 'output' = 'output') => ({
  'application/json': { schema: schemaOf(type, io) },
})

const failures = {
  '4XX': { description: 'The request is at fault; docs/api.md lists the codes.', content: json(answers.error) },
  '5XX': { description: 'The server failed; its log says why.', content: json(answers.error) },
}

/** `example` is a body that is short enough to be tried. */
type Operation = {
  summary: string
  body?: z.ZodType
  example?: object
  answer: z.ZodType
  stream?: z.ZodType
  open?: true
}

function operation({ summary, body, example, answer, stream, open }: Operation): object {
  return {
    summary,
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body, 'input'), example } } },
    }),
    responses: {
      200: {
        description: stream
          ? 'The answer; with "stream" as server-sent events, of which the last is [DONE].'
          : 'The answer.',
        content: {
          ...json(answer),
          ...(stream && { 'text/event-stream': { schema: schemaOf(stream, 'output') } }),
        },
      },
      ...failures,
    },
    ...(open && { security: [] }),
  }
}

/** The model of the examples. */
const model = 'gl'

/** The API as OpenAPI 3.1, its request bodies from the schemas that check them. */
export function openApi(): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Endonym',
      version: '0.1.0',
      description:
        "OpenAI's API over the models of this home. A model is named, or a language: its best student answers.",
    },
    security: [{ key: [] }],
    components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
    paths: {
      '/v1/chat/completions': {
        post: operation({
          summary: 'Answer a conversation',
          body: chatBody,
          example: { model, messages: [{ role: 'user', content: 'Hello!' }], max_tokens: 64 },
          answer: answers.chat,
          stream: answers.chatChunk,
        }),
      },
      '/v1/completions': {
        post: operation({
          summary: 'Continue texts',
          body: completionBody,
          example: { model, prompt: 'Once upon a time', max_tokens: 32 },
          answer: answers.completion,
          stream: answers.completion,
        }),
      },
      '/v1/embeddings': {
        post: operation({
          summary: 'Vectors of texts',
          body: embeddingBody,
          example: { model, input: 'Hello!' },
          answer: answers.embeddings,
        }),
      },
      '/v1/models': { get: operation({ summary: 'The models that there are', answer: answers.models }) },
      '/v1/models/{model}': {
        parameters: [{ name: 'model', in: 'path', required: true, schema: { type: 'string' } }],
        get: operation({
          summary: 'A model, by its name, an alias, its language or language@base',
          answer: answers.model,
        }),
      },
      '/tokenize': {
        post: operation({
          summary: 'A text as tokens',
          body: tokenizeBody,
          example: { model, content: 'Hello!', with_pieces: true },
          answer: answers.tokens,
        }),
      },
      '/detokenize': {
        post: operation({
          summary: 'Tokens as a text',
          body: detokenizeBody,
          example: { model, tokens: [1, 2, 3] },
          answer: answers.content,
        }),
      },
      '/healthz': { get: operation({ summary: 'Whether the server runs', answer: answers.health, open: true }) },
      '/readyz': { get: operation({ summary: 'Whether it has a model to ask', answer: answers.ready, open: true }) },
    },
  }
}

/** `GET /openapi.json`. */
export function openApiRoutes(): Hono {
  const document = openApi()
  return new Hono().get('/openapi.json', (c) => c.json(document))
}
