using System.Text.Json.Serialization;
using Edge.Hil.Scenes;
using Edge.Hil.Tasks;

namespace Edge.Hil.Evaluation;

/// <summary>One line of the table: a task under one set of planner, policy and memory.</summary>
/// <param name="Task">Task.</param>
/// <param name="Level">0: a single skill; 1: a sequence of them; 2: a long one.</param>
/// <param name="Planner">vlm, oracle, or none with the flat policy.</param>
/// <param name="Policy">diffusion, flat or oracle.</param>
/// <param name="Memory">on or off.</param>
/// <param name="Split">train or test: which wordings.</param>
/// <param name="Disturbance">What happened that nobody expected: none, camera, light, moved or dropped.</param>
/// <param name="Episodes">Episodes run.</param>
/// <param name="Disturbed">Episodes in which it came to pass.</param>
/// <param name="Successes">Judged from the ground truth.</param>
/// <param name="Ci95">Wilson's interval of the success rate.</param>
/// <param name="SecondsP50">Median simulated time of an episode.</param>
/// <param name="CallsP50">Median calls of an episode.</param>
/// <param name="Collisions">Episodes in which the arm hit the table, or something that the running call did not name.</param>
/// <param name="Violations">Commands on the bus, of all episodes, that certainly broke a limit of the robot file; 0 is right.</param>
/// <param name="Failures">Reasons and how often.</param>
/// <param name="Models">Fingerprints of the packages that did it (<see cref="ModelsUsed"/>).</param>
public sealed record EvaluationRow(
    string Task, int Level, string Planner, string Policy, string Memory, string Split, string Disturbance, int Episodes, int Disturbed, int Successes, double[] Ci95, double SecondsP50, double CallsP50, int Collisions,
    long Violations, SortedDictionary<string, int> Failures, string Models = "")
{
    /// <summary>Sums up episodes.</summary>
    public static EvaluationRow Of(string task, EvaluationMode mode, IReadOnlyList<EpisodeResult> episodes)
    {
        ArgumentNullException.ThrowIfNull(mode);
        ArgumentNullException.ThrowIfNull(episodes);
        var successes = episodes.Count(e => e.Succeeded);
        var failures = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var episode in episodes.Where(e => !e.Succeeded))
            failures[episode.Reason] = failures.GetValueOrDefault(episode.Reason) + 1;
        return new EvaluationRow(
            task, TaskRegistry.LevelOf(task), mode.Planner, mode.Policy, mode.Memory ? "on" : "off", mode.SplitName, DisturbanceNames.Of(mode.Disturbance), episodes.Count,
            episodes.Count(e => e.Disturbed), successes, Wilson(successes, episodes.Count),
            Median(episodes.Select(e => e.Seconds)), Median(episodes.Select(e => (double)e.Calls)), episodes.Count(e => e.Collided), episodes.Sum(e => e.Violations), failures, episodes[0].Models);
    }

    /// <summary>Wilson's score interval at 95 %, as fractions.</summary>
    public static double[] Wilson(int successes, int episodes)
    {
        if (episodes == 0)
            return [0, 1];
        const double Z = 1.959963984540054;
        double n = episodes, p = successes / n, z2 = Z * Z;
        var middle = (p + (z2 / (2 * n))) / (1 + (z2 / n));
        var half = Z * Math.Sqrt((p * (1 - p) / n) + (z2 / (4 * n * n))) / (1 + (z2 / n));
        return [Math.Max(0, middle - half), Math.Min(1, middle + half)];
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? 0 : sorted[sorted.Length / 2];
    }
}

/// <summary>Which level is learned, whether there is memory, which wordings are used, and what disturbs.</summary>
public sealed record EvaluationMode(string Planner, string Policy, bool Memory, DataSplit Split = DataSplit.Train, Disturbance Disturbance = Disturbance.None)
{
    /// <summary>train or test.</summary>
    public string SplitName => Split == DataSplit.Train ? "train" : "test";
}

/// <summary>The whole evaluation.</summary>
public sealed record EvaluationReport(ulong FirstSeed, IReadOnlyList<EvaluationRow> Rows);

/// <summary>JSON of the evaluation, made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(EvaluationReport))]
public sealed partial class EvaluationJson : JsonSerializerContext;

/// <summary>JSON of single episodes, and of the rows that are kept, a line each.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EpisodeResult))]
[JsonSerializable(typeof(EvaluationRow))]
public sealed partial class EpisodeJson : JsonSerializerContext;
