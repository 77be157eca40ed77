using System.Text;
using System.Text.Json;

namespace Edge.Mqtt;

/// <summary>Why a command was refused.</summary>
/// <param name="Code">For programs: VALIDATION_FAILURE, STALE, ...</param>
/// <param name="Field">The field of the payload that is to blame; empty for the whole.</param>
/// <param name="Description">For people: what was found and what is allowed.</param>
public sealed record RequestError(string Code, string Field, string Description)
{
    /// <summary>The payload is not what the topic carries.</summary>
    public const string ValidationFailure = "VALIDATION_FAILURE";

    /// <summary>The command was meant for another time or another run of the robot.</summary>
    public const string Stale = "STALE";

    /// <summary>The broker kept it and hands it to everybody who comes.</summary>
    public const string Retained = "RETAINED";

    /// <summary>The robot file forbids it.</summary>
    public const string NotAllowed = "NOT_ALLOWED";
}

/// <summary>
/// Reads one flat JSON object field by field; bounded and total. The first thing wrong is kept in <see cref="Error"/> and reading goes on,
/// so that an answer can still be addressed. Unknown fields are skipped, null counts as absent.
/// </summary>
internal ref struct FieldReader
{
    /// <summary>Largest payload that is looked at: a request with a picture (<see cref="TaskRequest.MaxPictureBytes"/>, in base64) and some words.</summary>
    public const int MaxPayloadBytes = 62 * 1024;

    // Every field that a request of ours may have: a name from here is no new string.
    private static readonly string[] KnownNames =
    [
        "timestamp", "clientId", "responseTopic", "correlationId", "taskId", "instruction", "picture", "deadline", "expects", "language", "mode", "confirm", "constraints",
        "actionType", "action", "actionId", "stopId",
    ];

    private const int MaxDepth = 8;
    private const int MaxEscapeFactor = 6; // \u0041 for A

    private Utf8JsonReader _json;
    private bool _ended;

    public FieldReader(ReadOnlySpan<byte> payload)
    {
        Field = "";
        _json = new Utf8JsonReader(payload, new JsonReaderOptions { MaxDepth = MaxDepth });
        if (payload.Length > MaxPayloadBytes)
        {
            Refuse("", $"the payload has {payload.Length} bytes, allowed are {MaxPayloadBytes}");
            _ended = true;
        }
        else if (!Read() || _json.TokenType != JsonTokenType.StartObject)
        {
            Refuse("", "the payload is no JSON object");
            _ended = true;
        }
    }

    /// <summary>The first thing that is wrong; null while nothing is.</summary>
    public RequestError? Error { get; private set; }

    /// <summary>Name of the present field; empty when no request has one of that name.</summary>
    public string Field { get; private set; }

    /// <summary>Goes to the next field's value. False at the end, or where the text stops being JSON.</summary>
    public bool Next()
    {
        if (_ended || !Read() || _json.TokenType != JsonTokenType.PropertyName)
        {
            if (!_ended)
                _ = Read(); // anything after the object is an error
            _ended = true;
            return false;
        }

        Field = KnownName();
        if (Read())
            return true;
        _ended = true;
        return false;
    }

    /// <summary>A text of at most so many bytes without control characters; null where there is none.</summary>
    public string? Text(int maxBytes)
    {
        if (_json.TokenType == JsonTokenType.Null)
            return null;
        if (_json.TokenType != JsonTokenType.String)
        {
            Refuse(Field, $"found {Found()}, {Allowed()}");
            Skip();
            return null;
        }

        if (_json.ValueSpan.Length > MaxEscapeFactor * maxBytes || !TryGetString(out var text) || Encoding.UTF8.GetByteCount(text) > maxBytes)
        {
            Refuse(Field, $"found {_json.ValueSpan.Length} bytes or broken UTF-8, {Allowed()}");
            return null;
        }

        if (text.Length == 0 || text.AsSpan().Trim().IsEmpty)
        {
            Refuse(Field, $"found an empty text, {Allowed()}");
            return null;
        }

        foreach (var c in text)
        {
            if (char.IsControl(c))
            {
                Refuse(Field, $"found control character U+{(int)c:X4}, {Allowed()} without control characters");
                return null;
            }
        }

        return text;

        string Allowed() => $"allowed: a text of 1..{maxBytes} bytes";
    }

    /// <summary>Bytes in base64, at most so many; null where there are none.</summary>
    public byte[]? Bytes(int maxBytes)
    {
        if (_json.TokenType == JsonTokenType.Null)
            return null;
        if (_json.TokenType == JsonTokenType.String && _json.ValueSpan.Length > 0 && _json.TryGetBytesFromBase64(out var bytes) && bytes.Length <= maxBytes)
            return bytes;
        Refuse(Field, $"found {(_json.TokenType == JsonTokenType.String ? $"a text of {_json.ValueSpan.Length} bytes" : Found())}, allowed: base64 of 1..{maxBytes} bytes");
        Skip();
        return null;
    }

    /// <summary>A name that may become a level of a topic: 1..64 of A-Z a-z 0-9 _ . : -</summary>
    public string? Identifier()
    {
        var text = Text(64);
        if (text is null || IsIdentifier(text))
            return text;
        Refuse(Field, $"found \"{text}\", allowed: 1..64 of A-Z a-z 0-9 _ . : -");
        return null;
    }

    /// <summary>A text out of a short list; the first one where there is none.</summary>
    public string Choice(params ReadOnlySpan<string> allowed) => ChoiceOrNull(allowed) ?? allowed[0];

    /// <summary>A text out of a short list, and the first one for any other text; null where there is none. A text of the list is no new string.</summary>
    public string? ChoiceOrNull(params ReadOnlySpan<string> allowed)
    {
        if (_json.TokenType == JsonTokenType.String)
        {
            foreach (var choice in allowed)
            {
                if (_json.ValueTextEquals(choice))
                    return choice;
            }
        }

        if (Text(64) is not { } text)
            return null;
        Refuse(Field, $"found \"{text}\", allowed: {string.Join(", ", allowed!)}");
        return allowed[0];
    }

    /// <summary>A time in ISO 8601, UTC where nothing else is said; null where there is none.</summary>
    public DateTime? Time()
    {
        if (_json.TokenType == JsonTokenType.Null)
            return null;
        if (_json.TokenType == JsonTokenType.String && _json.TryGetDateTime(out var time))
            return time.Kind == DateTimeKind.Local ? time.ToUniversalTime() : DateTime.SpecifyKind(time, DateTimeKind.Utc);
        Refuse(Field, $"found {Found()}, allowed: a time like \"2026-11-22T14:03:07.123Z\"");
        Skip();
        return null;
    }

    /// <summary>The text field <paramref name="name"/> within the object that is the present value; null where there is none.</summary>
    public string? TextWithin(string name, int maxBytes)
    {
        if (_json.TokenType == JsonTokenType.Null)
            return null;
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            Refuse(Field, $"found {Found()}, allowed: an object with {name}");
            Skip();
            return null;
        }

        string? text = null;
        var outer = Field;
        while (Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            var mine = _json.ValueTextEquals(name);
            if (!Read())
                break;
            Field = $"{outer}.{name}";
            if (mine)
                text = Text(maxBytes);
            else
                Skip();
        }

        return text;
    }

    /// <summary>Refuses anything but null or an empty object: what would be ignored must not seem to be obeyed.</summary>
    public void MustBeEmpty()
    {
        if (_json.TokenType == JsonTokenType.Null)
            return;
        if (_json.TokenType == JsonTokenType.StartObject && Read() && _json.TokenType == JsonTokenType.EndObject)
            return;
        Refuse(Field, "is not supported by this robot; leave it out");
        while (!_ended && _json.CurrentDepth > 1 && Read())
        {
        }
    }

    /// <summary>Passes over a value, whatever it is.</summary>
    public void Skip()
    {
        try
        {
            _json.Skip();
        }
        catch (JsonException error)
        {
            NoJson(error);
        }
    }

    /// <summary>Notes something wrong, unless something was before.</summary>
    public void Refuse(string field, string description, string code = RequestError.ValidationFailure) =>
        Error ??= new RequestError(code, field, field.Length == 0 ? description : $"{field}: {description}");

    /// <summary>Notes that a field is missing.</summary>
    public void Require(string field, object? value)
    {
        if (value is null)
            Refuse(field, "is missing");
    }

    internal static bool IsIdentifier(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '.' or ':' or '-'))
                return false;
        }

        return text.Length is >= 1 and <= 64;
    }

    private readonly string KnownName()
    {
        foreach (var name in KnownNames)
        {
            if (_json.ValueTextEquals(name))
                return name;
        }

        return "";
    }

    private bool TryGetString(out string text)
    {
        try
        {
            text = _json.GetString() ?? "";
            return true;
        }
        catch (InvalidOperationException)
        {
            text = ""; // broken UTF-8, or half a surrogate pair
            return false;
        }
    }

    private string Found() => _json.TokenType switch
    {
        JsonTokenType.String => TryGetString(out var text) && text.Length <= 64 ? $"\"{text}\"" : "a text",
        JsonTokenType.Number => _json.ValueSpan.Length <= 64 ? $"number {Encoding.ASCII.GetString(_json.ValueSpan)}" : "a number",
        JsonTokenType.True or JsonTokenType.False => "a truth value",
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        _ => "nothing",
    };

    private bool Read()
    {
        try
        {
            return !_ended && _json.Read();
        }
        catch (JsonException error)
        {
            NoJson(error);
            return false;
        }
    }

    private void NoJson(JsonException error)
    {
        Refuse("", $"the payload is no JSON from byte {_json.BytesConsumed} on (line {error.LineNumber + 1})");
        _ended = true;
    }
}
