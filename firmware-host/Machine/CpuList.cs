using System.Globalization;

namespace Edge.Machine;

/// <summary>Lists of CPUs as the kernel writes them: <c>0-2,5</c>.</summary>
public static class CpuList
{
    private const int MaxCpus = 4096;

    /// <summary>The CPUs of a list, rising; what is no number or range is left out, as the kernel's "(null)" for none.</summary>
    public static IReadOnlyList<int> Parse(string? text)
    {
        var cpus = new SortedSet<int>();
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-');
            if (ends.Length <= 2 && TryParse(ends[0], out var first) && TryParse(ends[^1], out var last))
                cpus.UnionWith(Enumerable.Range(first, Math.Max(0, last - first + 1)));
        }

        return [.. cpus];
    }

    /// <summary>Writes a list.</summary>
    public static string Format(IEnumerable<int> cpus)
    {
        var ranges = new List<(int First, int Last)>();
        foreach (var cpu in cpus.Order())
        {
            if (ranges.Count > 0 && ranges[^1].Last == cpu - 1)
                ranges[^1] = (ranges[^1].First, cpu);
            else
                ranges.Add((cpu, cpu));
        }

        return string.Join(',', ranges.Select(range => range.First == range.Last ? $"{range.First}" : $"{range.First}-{range.Last}"));
    }

    private static bool TryParse(string text, out int cpu) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out cpu) && cpu < MaxCpus;
}
