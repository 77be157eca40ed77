using System.Globalization;
using System.Text;

namespace Edge.Hil.Bench;

/// <summary>The results as tables: for the screen, and for the README between two marks.</summary>
internal static class BenchTable
{
    /// <summary>Its place in the README.</summary>
    public static readonly ReadmePart Part = new("edge-hil bench --readme", "benchmark's table");

    /// <summary>Lines for the screen.</summary>
    public static IEnumerable<string> Lines(IReadOnlyDictionary<string, BenchEntry> entries)
    {
        foreach (var (item, entry) in InOrder(entries))
        {
            yield return $"{(entry.Met ? "met   " : "MISSED")}  {item.Title}: {entry.Result.Summary}";
            yield return $"        goal: {entry.Goal}";
            foreach (var row in entry.Result.Rows)
                yield return $"        {row.Name,-28}{string.Join("  ", row.Numbers.Select(number => $"{number.Name} {Number(number.Value)} {number.Unit}"))}";
            if (entry.Result.Reason is { } reason)
                yield return $"        why: {reason}";
        }
    }

    /// <summary>The README's part.</summary>
    public static string Markdown(IReadOnlyDictionary<string, BenchEntry> entries)
    {
        var text = new StringBuilder("| | measured | goal | met |\n| --- | --- | --- | --- |\n");
        foreach (var (item, entry) in InOrder(entries))
            text.Append(CultureInfo.InvariantCulture, $"| {item.Title} | {entry.Result.Summary} | {entry.Goal} | {(entry.Met ? "yes" : "**no**")} |\n");
        foreach (var (item, entry) in InOrder(entries).Where(both => !both.Entry.Met))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{item.Title}: goal missed. {Sentence(entry.Result.Reason)}");
            if (entry.Result.Tried is { Length: > 0 } tried)
                text.Append(CultureInfo.InvariantCulture, $" Tried: {Sentence(tried)}");
            text.Append('\n');
        }

        foreach (var machine in InOrder(entries).GroupBy(both => both.Entry.Machine))
        {
            var days = machine.Select(both => both.Entry.Measured.Date).Distinct().Order().Select(day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
            text.Append(CultureInfo.InvariantCulture, $"\nMeasured on {machine.Key}, {string.Join(", ", days)}.\n");
        }

        return text.ToString();
    }

    private static IEnumerable<(IBenchItem Item, BenchEntry Entry)> InOrder(IReadOnlyDictionary<string, BenchEntry> entries) =>
        BenchItems.All.Where(item => entries.ContainsKey(item.Key)).Select(item => (item, entries[item.Key]));

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 100 ? "0" : "0.##", CultureInfo.InvariantCulture);

    private static string Sentence(string? text) => string.IsNullOrEmpty(text) ? "" : char.ToUpperInvariant(text[0]) + text[1..].TrimEnd('.') + ".";
}
