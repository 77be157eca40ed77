namespace Edge.Hil;

/// <summary>A part of the README that a command makes: what stands between two marks, which readers do not see.</summary>
internal sealed record ReadmePart(string Command, string What)
{
    /// <summary>The README, seen from the project's root.</summary>
    public const string File = "README.md";

    private string Begin => $"<!-- made by '{Command}' -->";

    private string End => $"<!-- end of the {What} -->";

    /// <summary>A text with this part in place of what is between the marks; null: the marks are not there.</summary>
    public string? Replace(string text, string content)
    {
        var (from, to) = (text.IndexOf(Begin, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal));
        return from < 0 || to < from ? null : $"{text[..from]}{Begin}\n{content}{text[to..]}";
    }

    /// <summary>Puts this part into the README; returns what stands in the way, null when it is done.</summary>
    public string? Write(string content)
    {
        if (Replace(System.IO.File.ReadAllText(File), content) is not { } text)
            return $"{File} has no place for the {What}: put these two lines where it belongs:\n{Begin}\n{End}";
        System.IO.File.WriteAllText(File, text);
        return null;
    }
}
