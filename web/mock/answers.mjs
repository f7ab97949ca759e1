// What the routes of the stand-in have in common: how they refuse, find, compare and list.

export const fail = (status, code, detail, more) => Object.assign(new Error(detail), { status, code, detail, more });
export const invalid = (field, message) => fail(422, 'invalid_fields', 'Some fields are not valid; mend them and send it again.', { errors: [{ field, message }] });
export const find = (list, id) => {
  const item = list.find((one) => String(one.id) === String(id));
  if (!item) throw fail(404, 'not_found', 'It does not exist; it may have been deleted.');
  return item;
};
export const matches = (item, etag, view = (x) => x) => {
  if (!etag) throw fail(428, 'precondition_required', 'If-Match is missing.');
  if (etag !== item.etag) throw fail(412, 'precondition_failed', 'Somebody else changed it in the meantime.', { current: view(item) });
};
export const page = (list, query) => {
  const limit = Number(query.get('limit') ?? 50);
  const from = Number(query.get('cursor') ?? 0);
  return { items: list.slice(from, from + limit), next: from + limit < list.length ? String(from + limit) : null };
};
