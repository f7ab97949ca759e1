// A script that shows the three functions that Postern calls.
export const exampleScript = `-- Only people of our own domain.
function incoming_webhook_validation(is_valid, data, webhook, request)
  if not string.find(data.email, "@example%.com$") then
    return false, "only example.com"
  end
  return is_valid
end

-- Keep the order number with the new user.
function incoming_webhook_user_data(user_data, payload, webhook)
  user_data.meta = { order = payload.order }
  return user_data
end

-- Tell other systems, after the commit.
function incoming_webhook_processed(user, webhook, payload, outcome)
  emit("order.welcomed", { email = user.email, order = payload.order })
end
`;
