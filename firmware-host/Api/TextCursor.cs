namespace Edge.Api;

/// <summary>Reads text from left to right.</summary>
internal ref struct TextCursor(ReadOnlySpan<char> text)
{
    private const int MaxShownCharacters = 24;

    private ReadOnlySpan<char> _rest = text;
    private ReadOnlySpan<char> _last = text;

    /// <summary>Nothing is left.</summary>
    public readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>Takes exactly this text.</summary>
    public bool TryTake(ReadOnlySpan<char> expected)
    {
        _last = _rest;
        if (!_rest.StartsWith(expected, StringComparison.Ordinal))
            return false;
        _rest = _rest[expected.Length..];
        return true;
    }

    /// <summary>Takes lower-case letters and underscores.</summary>
    public ReadOnlySpan<char> TakeName()
    {
        _last = _rest;
        var length = 0;
        while (length < _rest.Length && (char.IsAsciiLetterLower(_rest[length]) || _rest[length] == '_'))
            length++;
        var name = _rest[..length];
        _rest = _rest[length..];
        return name;
    }

    /// <summary>Takes at most so many lower-case letters and blanks, the first one a letter.</summary>
    public ReadOnlySpan<char> TakeWords(int maxCharacters)
    {
        _last = _rest;
        var length = 0;
        while (length < Math.Min(_rest.Length, maxCharacters) && (char.IsAsciiLetterLower(_rest[length]) || (length > 0 && _rest[length] == ' ')))
            length++;
        var words = _rest[..length];
        _rest = _rest[length..];
        return words;
    }

    /// <summary>Takes a whole number of at most so many digits, without leading zeros.</summary>
    public bool TryTakeNumber(int maxDigits, out int value)
    {
        _last = _rest;
        value = 0;
        var length = 0;
        while (length < _rest.Length && char.IsAsciiDigit(_rest[length]))
        {
            if (length == maxDigits || (length == 1 && value == 0))
                return false;
            value = (value * 10) + (_rest[length] - '0');
            length++;
        }

        _rest = _rest[length..];
        return length > 0;
    }

    /// <summary>What stood where the last attempt began, quoted and shortened.</summary>
    public readonly string Shown() => _last.IsEmpty
        ? "the end"
        : _last.Length <= MaxShownCharacters ? $"\"{_last}\"" : $"\"{_last[..MaxShownCharacters]}...\"";
}
