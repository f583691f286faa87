using System.Text.Json;

namespace Logits.Apis;

/// <summary>Why a request to a hosted model's API is refused: what the 400 answer names.</summary>
/// <param name="Parameter">The parameter at fault, as the <c>param</c> of the error object.</param>
/// <param name="Message">The parameter, its value, what is allowed.</param>
public sealed record ApiError(string Parameter, string Message);

/// <summary>Which route a request came in by; ranges differ.</summary>
public enum ApiEndpoint
{
    /// <summary>POST /v1/chat/completions.</summary>
    ChatCompletions,

    /// <summary>POST /v1/completions.</summary>
    Completions,

    /// <summary>POST /v1/responses.</summary>
    Responses,
}

/// <summary>The ranges of OpenAI's API (specification 2.3.0) as one validator, for clients before they send and for servers before they answer.</summary>
/// <remarks>Parameters the API does not know are left to the caller; <c>null</c> means absent.</remarks>
public static class HostedApi
{
    /// <summary>The first parameter out of range, or null when the request is in order.</summary>
    /// <param name="endpoint">The route.</param>
    /// <param name="body">The request's JSON object.</param>
    public static ApiError? Validate(ApiEndpoint endpoint, JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object) return new("body", $"the body is {Kind(body)}; it is a JSON object.");
        return Required(endpoint, body)
            ?? Number(body, "temperature", ApiRange.Temperature)
            ?? Number(body, "top_p", ApiRange.TopP)
            ?? (endpoint == ApiEndpoint.Responses ? ResponsesOnly(body) : Shared(body))
            ?? endpoint switch
            {
                ApiEndpoint.ChatCompletions => Chat(body),
                ApiEndpoint.Completions => Completion(body),
                _ => null,
            };
    }

    static ApiError? Required(ApiEndpoint endpoint, JsonElement body)
    {
        if (!Has(body, "model", out var model)) return new("model", "model is missing; it names the model to run.");
        if (model.ValueKind != JsonValueKind.String) return new("model", $"model is {Kind(model)}; it is a string.");
        switch (endpoint)
        {
            case ApiEndpoint.ChatCompletions:
                if (!Has(body, "messages", out var messages)) return new("messages", "messages is missing; it is a list of at least one message.");
                return messages.ValueKind == JsonValueKind.Array && messages.GetArrayLength() > 0 ? null : new("messages", "messages is a list of at least one message.");
            case ApiEndpoint.Completions:
                return Has(body, "prompt", out _) ? null : new("prompt", "prompt is missing; it is a string or a list of strings or tokens.");
            default:
                return Has(body, "input", out _) ? null : new("input", "input is missing; it is a string or a list of items.");
        }
    }

    static ApiError? Shared(JsonElement body) =>
        Number(body, "frequency_penalty", ApiRange.Penalty)
        ?? Number(body, "presence_penalty", ApiRange.Penalty)
        ?? Integer(body, "n", 1, 128)
        ?? Integer(body, "max_tokens", 0, int.MaxValue)
        ?? Integer(body, "seed", long.MinValue, long.MaxValue)
        ?? Boolean(body, "stream")
        ?? Stop(body)
        ?? LogitBias(body)
        ?? StreamOptions(body);

    static ApiError? Chat(JsonElement body)
    {
        if (Integer(body, "max_completion_tokens", 0, int.MaxValue) is { } most) return most;
        if (Boolean(body, "logprobs") is { } flag) return flag;
        if (Integer(body, "top_logprobs", 0, 20) is { } top) return top;
        if (Has(body, "top_logprobs", out _) && !(Has(body, "logprobs", out var logprobs) && logprobs.ValueKind == JsonValueKind.True))
            return new("top_logprobs", "top_logprobs needs logprobs to be true.");
        return ResponseFormat(body);
    }

    static ApiError? Completion(JsonElement body)
    {
        if (Integer(body, "logprobs", 0, 5) is { } logprobs) return logprobs;
        if (Integer(body, "best_of", 0, 20) is { } range) return range;
        if (!Has(body, "best_of", out var best)) return null;
        long n = Has(body, "n", out var count) ? count.GetInt64() : 1;
        if (best.GetInt64() < n) return new("best_of", $"best_of is {best}; it is at least n, which is {n}.");
        return best.GetInt64() > 1 && Has(body, "stream", out var stream) && stream.ValueKind == JsonValueKind.True
            ? new("best_of", $"best_of is {best}; results cannot be streamed while the best is still being chosen. Set stream to false or best_of to 1.") : null;
    }

    static ApiError? ResponsesOnly(JsonElement body) =>
        Integer(body, "top_logprobs", 0, 20) ?? Integer(body, "max_output_tokens", 16, int.MaxValue) ?? Boolean(body, "stream");

    static ApiError? Stop(JsonElement body)
    {
        if (!Has(body, "stop", out var stop) || stop.ValueKind == JsonValueKind.String) return null;
        if (stop.ValueKind != JsonValueKind.Array) return new("stop", $"stop is {Kind(stop)}; it is a string or a list of up to 4 strings.");
        if (stop.GetArrayLength() > 4) return new("stop", $"stop holds {stop.GetArrayLength()} strings; at most 4 are allowed.");
        foreach (var one in stop.EnumerateArray())
            if (one.ValueKind != JsonValueKind.String) return new("stop", $"stop holds {Kind(one)}; it is a list of strings.");
        return null;
    }

    static ApiError? LogitBias(JsonElement body)
    {
        if (!Has(body, "logit_bias", out var bias)) return null;
        if (bias.ValueKind != JsonValueKind.Object) return new("logit_bias", $"logit_bias is {Kind(bias)}; it maps token ids to numbers from {ApiRange.Bias}.");
        foreach (var entry in bias.EnumerateObject())
        {
            if (!int.TryParse(entry.Name, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out _))
                return new("logit_bias", $"logit_bias names '{entry.Name}'; its keys are token ids.");
            if (entry.Value.ValueKind != JsonValueKind.Number || !ApiRange.Bias.Holds(entry.Value.GetDouble()))
                return new("logit_bias", $"logit_bias of token {entry.Name} is {entry.Value}; a bias is a number from {ApiRange.Bias}.");
        }
        return null;
    }

    static ApiError? StreamOptions(JsonElement body) =>
        Has(body, "stream_options", out _) && !(Has(body, "stream", out var stream) && stream.ValueKind == JsonValueKind.True)
            ? new("stream_options", "stream_options needs stream to be true.") : null;

    static ApiError? ResponseFormat(JsonElement body)
    {
        const string Name = "response_format";
        if (!Has(body, Name, out var format)) return null;
        if (format.ValueKind != JsonValueKind.Object || !Has(format, "type", out var type) || type.ValueKind != JsonValueKind.String)
            return new(Name, "response_format is an object with a type: text, json_object or json_schema.");
        switch (type.GetString())
        {
            case "text" or "json_object": return null;
            case "json_schema": break;
            case var other: return new(Name, $"response_format.type is '{other}'; text, json_object and json_schema are known.");
        }
        if (!Has(format, "json_schema", out var schema) || schema.ValueKind != JsonValueKind.Object)
            return new(Name, "response_format.json_schema is missing; it is an object with a name and a schema.");
        string? name = Has(schema, "name", out var named) && named.ValueKind == JsonValueKind.String ? named.GetString() : null;
        if (name is null) return new(Name, "response_format.json_schema.name is missing; it is up to 64 letters, digits, _ and -.");
        return name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')
            ? null : new(Name, $"response_format.json_schema.name is '{name}'; it is up to 64 letters, digits, _ and -.");
    }

    static ApiError? Number(JsonElement body, string name, ApiRange range)
    {
        if (!Has(body, name, out var value)) return null;
        if (value.ValueKind != JsonValueKind.Number) return new(name, $"{name} is {Kind(value)}; it is a number from {range}.");
        return range.Holds(value.GetDouble()) ? null : new(name, $"{name} is {value}; it is a number from {range}.");
    }

    static ApiError? Integer(JsonElement body, string name, long low, long high)
    {
        if (!Has(body, name, out var value)) return null;
        string allowed = high == long.MaxValue ? "a 64-bit integer" : high == int.MaxValue ? $"an integer of at least {low}" : $"an integer from {low} to {high}";
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out long number))
            return new(name, $"{name} is {(value.ValueKind == JsonValueKind.Number ? value.ToString() : Kind(value))}; it is {allowed}.");
        return number >= low && number <= high ? null : new(name, $"{name} is {number}; it is {allowed}.");
    }

    static ApiError? Boolean(JsonElement body, string name) =>
        !Has(body, name, out var value) || value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : new(name, $"{name} is {Kind(value)}; it is true or false.");

    static bool Has(JsonElement body, string name, out JsonElement value) =>
        body.TryGetProperty(name, out value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined);

    static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };
}
