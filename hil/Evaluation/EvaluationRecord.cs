using System.Text.Json;

namespace Edge.Hil.Evaluation;

/// <summary>
/// What the README's tables are made from: a line for each row that was ever measured with the packages as they are now. A whole evaluation takes hours, so it grows run
/// by run; a row that a package since replaced was measured with leaves it.
/// </summary>
internal static class EvaluationRecord
{
    /// <summary>Where it lies, seen from the project's root.</summary>
    public const string File = "hil/Evaluation/measured.jsonl";

    /// <summary>Reads it; empty where there is none.</summary>
    public static IReadOnlyList<EvaluationRow> Read(string path) =>
        System.IO.File.Exists(path) ? [.. System.IO.File.ReadLines(path).Select(line => JsonSerializer.Deserialize(line, EpisodeJson.Default.EvaluationRow)!)] : [];

    /// <summary>Writes it.</summary>
    public static void Write(string path, IEnumerable<EvaluationRow> rows) =>
        System.IO.File.WriteAllLines(path, rows.Select(row => JsonSerializer.Serialize(row, EpisodeJson.Default.EvaluationRow)));

    /// <summary>What is known with new rows: of two rows of the same thing the one of more episodes, of equals the new one.</summary>
    public static IReadOnlyList<EvaluationRow> Merge(IEnumerable<EvaluationRow> known, IEnumerable<EvaluationRow> measured, ModelsUsed models) =>
    [
        .. measured.Concat(known).Where(row => row.Models == models.By(row.Planner, row.Policy))
            .GroupBy(row => (row.Planner, row.Policy, row.Memory, row.Split, row.Disturbance, row.Task))
            .Select(group => group.MaxBy(row => row.Episodes)!)
            .OrderBy(row => $"{row.Split} {row.Disturbance} {row.Planner} {row.Policy} {row.Memory} {row.Task}", StringComparer.Ordinal),
    ];
}
