using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using Edge.Hil.Evaluation;
using Edge.Hil.Tasks;
using Edge.Policy;
using Edge.Robots;

namespace Edge.Hil.Bench;

/// <summary>One way of running the policy.</summary>
/// <param name="Name">Unique in its study.</param>
/// <param name="Robot">The robot, with what is varied in it.</param>
/// <param name="LoadPolicy">Makes the policy; called for each episode, so that an episode does not depend on the ones before.</param>
/// <param name="InferenceMs">Virtual time that every inference takes, ms.</param>
/// <param name="Every">It runs in every so-many-th round only.</param>
internal sealed record StudyCondition(string Name, RobotDescription Robot, Func<DiffusionPolicy> LoadPolicy, int InferenceMs = 0, int Every = 1);

/// <summary>How one episode went.</summary>
/// <param name="Condition">Its condition's name.</param>
/// <param name="Task">Task.</param>
/// <param name="Seed">Seed of the scene.</param>
/// <param name="Succeeded">Judged from the plant's ground truth.</param>
/// <param name="Reason">Why not; empty on success.</param>
/// <param name="Seconds">Simulated time.</param>
/// <param name="Violations">Commands on the bus that certainly broke a limit.</param>
/// <param name="SeamJerkShare">Largest certain jerk after a join of chunks, as a share of the joint's limit.</param>
/// <param name="GapsMm">Distances between the motion and the chunks joined to it while it moved, millimetres.</param>
internal sealed record StudyEpisode(string Condition, string Task, ulong Seed, bool Succeeded, string Reason, double Seconds, long Violations, double SeamJerkShare, double[] GapsMm);

/// <summary>
/// Lockstep episodes of the learned policy under the scripted planner, on the same scenes under every condition, round by round, so that a study that is cut off
/// compares like with like. An episode depends on nothing but condition, task, seed and program: those that an earlier run of the same program left in
/// <paramref name="cacheFile"/> are not run again.
/// </summary>
/// <param name="conditions">What is compared.</param>
/// <param name="tasks">Tasks of a round.</param>
/// <param name="firstSeed">Seed of the first round's scenes.</param>
/// <param name="cacheFile">Episodes, a line each.</param>
internal sealed class EpisodeStudy(IReadOnlyList<StudyCondition> conditions, IReadOnlyList<string> tasks, ulong firstSeed, string cacheFile)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string, string, ulong), StudyEpisode> _known = [];

    /// <summary>Rounds done.</summary>
    public int Rounds { get; private set; }

    /// <summary>Runs rounds until the time is over; a round that was begun is finished.</summary>
    /// <param name="seconds">Time for all of it.</param>
    /// <param name="mostRounds">Enough in any case.</param>
    /// <param name="jobs">Episodes at a time.</param>
    /// <param name="report">Told the fraction done and what happens; may throw to give up.</param>
    public void Run(double seconds, int mostRounds, int jobs, Action<double, string> report)
    {
        ReadKnown();
        var began = DateTime.UtcNow;
        double Elapsed() => (DateTime.UtcNow - began).TotalSeconds;
        while (Rounds < mostRounds && (Rounds == 0 || Elapsed() < seconds))
        {
            var round = Rounds;
            report(Math.Max(Elapsed() / seconds, (double)round / mostRounds), $"scene {round + 1}, {conditions.Count} ways to run it");
            var todo = new ConcurrentQueue<(StudyCondition Condition, string Task)>(
                from condition in conditions
                where round % condition.Every == 0
                from task in tasks
                where !_known.ContainsKey((condition.Name, task, firstSeed + (ulong)round))
                select (condition, task));
            var failure = (Exception?)null;
            var threads = Enumerable.Range(0, jobs).Select(_ => new Thread(() =>
            {
                try
                {
                    while (failure is null && todo.TryDequeue(out var next))
                        Keep(Run(next.Condition, next.Task, firstSeed + (ulong)round));
                }
                catch (Exception e) when (e is InvalidOperationException or Inference.ModelException)
                {
                    failure = e;
                }
            })).ToArray();
            foreach (var thread in threads)
                thread.Start();
            foreach (var thread in threads)
                thread.Join();
            if (failure is not null)
                throw new BenchException($"an episode broke: {failure.Message}", failure);
            Rounds++;
        }
    }

    /// <summary>Episodes of a condition in the rounds done.</summary>
    public IReadOnlyList<StudyEpisode> Of(StudyCondition condition) =>
        [.. _known.Values.Where(e => e.Condition == condition.Name && e.Seed < firstSeed + (ulong)Rounds && tasks.Contains(e.Task)).OrderBy(e => e.Seed).ThenBy(e => e.Task, StringComparer.Ordinal)];

    /// <summary>Success in per cent, over the rounds in which both conditions ran.</summary>
    public (double First, double Second, int Episodes) Compare(StudyCondition first, StudyCondition second)
    {
        var seconds = Of(second).ToDictionary(e => (e.Task, e.Seed));
        var pairs = Of(first).Where(e => seconds.ContainsKey((e.Task, e.Seed))).ToArray();
        return (Percent(pairs), Percent([.. pairs.Select(e => seconds[(e.Task, e.Seed)])]), pairs.Length);
    }

    /// <summary>A few digits that tell a policy package from any other: part of a condition's name, since its episodes are kept.</summary>
    public static string IdOf(string package)
    {
        var opened = Inference.ModelPackage.Open(package, "policy");
        return string.Concat(DiffusionPolicy.Graphs.Select(graph => opened.Graph(graph).Sha256[..6]));
    }

    /// <summary>Success in per cent.</summary>
    public static double Percent(IReadOnlyCollection<StudyEpisode> episodes) => episodes.Count == 0 ? 0 : 100.0 * episodes.Count(e => e.Succeeded) / episodes.Count;

    /// <summary>The middle of some values, or another quantile; 0 of none.</summary>
    public static double Quantile(IEnumerable<double> values, double fraction)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? 0 : sorted[Math.Min(sorted.Length - 1, (int)(fraction * sorted.Length))];
    }

    private static string Program() => $"{typeof(DiffusionPolicy).Module.ModuleVersionId} {typeof(EpisodeStudy).Module.ModuleVersionId}";

    private static StudyEpisode Run(StudyCondition condition, string task, ulong seed)
    {
        using var policy = condition.LoadPolicy();
        var watch = new SeamWatch(condition.Robot);
        var result = EpisodeRun.Run(condition.Robot, TaskRegistry.Get(task).Sample(seed), planner: null, _ => policy, memoryEnabled: true, rig =>
        {
            rig.Controller.Policy.VirtualInferenceNs = condition.InferenceMs * 1_000_000L;
            watch.After(rig);
        }, watch);
        return new(condition.Name, task, seed, result.Succeeded, result.Reason, result.Seconds, result.Violations, watch.SeamJerkShare, [.. watch.GapsM.Select(gap => Math.Round(gap * 1000, 2))]);
    }

    private void Keep(StudyEpisode episode)
    {
        lock (_lock)
        {
            _known[(episode.Condition, episode.Task, episode.Seed)] = episode;
            File.AppendAllText(cacheFile, JsonSerializer.Serialize(episode, StudyJson.Default.StudyEpisode) + "\n");
        }
    }

    private void ReadKnown()
    {
        if (!File.Exists(cacheFile) || File.ReadLines(cacheFile).FirstOrDefault() != Program())
        {
            File.WriteAllText(cacheFile, Program() + "\n");
            return;
        }

        foreach (var line in File.ReadLines(cacheFile).Skip(1))
        {
            try
            {
                var episode = JsonSerializer.Deserialize(line, StudyJson.Default.StudyEpisode)!;
                _known[(episode.Condition, episode.Task, episode.Seed)] = episode;
            }
            catch (JsonException)
            {
                // The last line of a run that was cut off: that episode runs again.
            }
        }
    }
}

/// <summary>JSON of the episodes, a line each.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StudyEpisode))]
internal sealed partial class StudyJson : JsonSerializerContext;
