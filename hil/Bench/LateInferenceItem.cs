using System.Globalization;
using Edge.Cameras;
using Edge.Hil.Evaluation;
using Edge.Policy;
using Edge.Policy.Handover;
using Edge.Robots;

namespace Edge.Hil.Bench;

/// <summary>Success and jerk at the seams when inferences take 0 to 300 ms, for each way of handing chunks over.</summary>
internal sealed class LateInferenceItem : IBenchItem
{
    private const double PointsLost = 5;

    /// <summary>The ways that are not shipped run on fewer scenes.</summary>
    private const int OthersEvery = 4;

    private static readonly int[] InferencesMs = [0, 50, 100, 200, 300];
    private static readonly string[] Tasks = ["pick", "place", "touch"];

    /// <inheritdoc/>
    public string Key => "lateInference";

    /// <inheritdoc/>
    public string Title => "Late inference";

    /// <inheritdoc/>
    public string Goal => "at 300 ms at most 5 points of success below 0 ms; jerk at the seams within the joints' limits";

    /// <inheritdoc/>
    public double WantedSeconds => 240;

    /// <inheritdoc/>
    public BenchResult Run(BenchContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var robot = RobotFile.Load(context.RobotFile);
        var shipped = robot.Policy.LateInference;
        var camera = new CameraModel(robot.PolicyCamera);
        var conditions = (
            from way in ChunkHandover.Names.OrderBy(name => name != shipped)
            from ms in InferencesMs
            let described = robot with { Policy = robot.Policy with { LateInference = way } }
            select (Way: way, Ms: ms, Condition: new StudyCondition(
                $"{way} {ms} {EpisodeStudy.IdOf(robot.Policy.Package)}", described, () => DiffusionPolicy.Load(robot.Policy.Package, camera), ms, way == shipped && ms is 0 or 300 ? 1 : OthersEvery))).ToArray();
        var study = new EpisodeStudy([.. conditions.Select(c => c.Condition)], Tasks, EvaluationCommand.FirstHeldOutSeed, context.File("lateInference.jsonl"));
        study.Run(context.Seconds, int.MaxValue, Environment.ProcessorCount, context.Report);

        StudyCondition Shipped(int ms) => conditions.First(c => c.Way == shipped && c.Ms == ms).Condition;
        var (onTime, late, episodes) = study.Compare(Shipped(0), Shipped(InferencesMs[^1]));
        var all = conditions.Where(c => c.Way == shipped).SelectMany(c => study.Of(c.Condition)).ToArray();
        var jerk = all.Max(e => e.SeamJerkShare);
        return BenchResult.Of(
            string.Create(CultureInfo.InvariantCulture, $"{shipped}: {onTime:0} % at 0 ms, {late:0} % at {InferencesMs[^1]} ms ({episodes} episodes each); jerk at the seams at most {jerk:0.00} x the limit"),
            [
                BenchRatio.Limit($"success lost from 0 to {InferencesMs[^1]} ms", onTime - late, PointsLost, "points"),
                BenchRatio.Limit("largest jerk after a join", jerk, 1, "x limit"),
                BenchRatio.Limit("commands that broke a limit", all.Sum(e => e.Violations), 0, ""),
            ],
            [.. conditions.Select(c => Row(c.Way, c.Ms, study.Of(c.Condition)))],
            reason: "the policy itself fails more often when it reacts later",
            tried: "waiting for each chunk, switching at once, averaging chunks, completing the actions under way (soft and hard masks)");
    }

    private static BenchRow Row(string way, int ms, IReadOnlyList<StudyEpisode> episodes) => new($"{way}, {ms} ms",
    [
        new("success", EpisodeStudy.Percent(episodes), "%"),
        new("episodes", episodes.Count, ""),
        new("time, median", EpisodeStudy.Quantile(episodes.Select(e => e.Seconds), 0.5), "s"),
        new("gap at joins, median", EpisodeStudy.Quantile(episodes.SelectMany(e => e.GapsMm), 0.5), "mm"),
        new("gap at joins, p95", EpisodeStudy.Quantile(episodes.SelectMany(e => e.GapsMm), 0.95), "mm"),
        new("jerk at joins, largest", episodes.Select(e => e.SeamJerkShare).DefaultIfEmpty().Max(), "x limit"),
        new("violations", episodes.Sum(e => e.Violations), ""),
    ]);
}
