/* global SwaggerUIBundle */

const answered = async (address) => {
  const response = await fetch(address)
  return response.ok ? response.json() : undefined
}

// Who needs a key to list the models gives it to the page later: the examples keep their own name then.
const [spec, models] = await Promise.all([answered('/openapi.json'), answered('/v1/models')])
// Whatever can be asked can be asked of a student; of an adapter there are no embeddings.
const model = models?.data.find(({ endonym }) => endonym.role === 'student') ?? models?.data[0]

for (const path of Object.values(spec.paths)) {
  const example = path.post?.requestBody.content['application/json'].example
  if (example?.model && model) example.model = model.id
}

SwaggerUIBundle({
  spec,
  domNode: document.getElementById('docs'),
  tryItOutEnabled: true,
  displayRequestDuration: true,
})
