using System.Globalization;
using Edge.Cameras;
using Edge.Hil.Evaluation;
using Edge.Policy;
using Edge.Robots;

namespace Edge.Hil.Bench;

/// <summary>Success against the number of solver steps: a diffusion policy with two solvers, the shipped flow policy, and a student that was taught to need few.</summary>
internal sealed class StepsItem : IBenchItem
{
    private const double PointsLost = 2;
    private const int FewSteps = 2;

    /// <summary>Packages beside the shipped one, made by <c>make variants</c>.</summary>
    private const string DiffusionPackage = "models/variants/policy-ddpm", StudentPackage = "models/variants/policy-fast";

    private static readonly int[] Steps = [16, 8, 4, 2, 1];
    private static readonly string[] Tasks = ["pick", "place", "touch"];

    /// <inheritdoc/>
    public string Key => "steps";

    /// <inheritdoc/>
    public string Title => "Fewer steps";

    /// <inheritdoc/>
    public string Goal => "1 or 2 steps within 2 points of the best";

    /// <inheritdoc/>
    public double WantedSeconds => 240;

    /// <inheritdoc/>
    public BenchResult Run(BenchContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var robot = RobotFile.Load(context.RobotFile);
        (string Name, string Package, string Solver)[] contenders =
        [
            ("distilled flow", StudentPackage, "flow"),
            ("flow", robot.Policy.Package, "flow"),
            ("DPM-Solver++(2M)", DiffusionPackage, "dpm-solver++"),
            ("DDIM", DiffusionPackage, "ddim"),
        ];
        var missing = contenders.Where(c => !File.Exists(Path.Combine(c.Package, Inference.ModelPackage.ManifestName))).Select(c => c.Package).Distinct().ToArray();
        if (missing.Length > 0)
            throw new BenchException($"{string.Join(", ", missing)}: no such package; 'make variants' trains them from out/data/policy (an hour)");

        var camera = new CameraModel(robot.PolicyCamera);
        var conditions = (
            from contender in contenders
            from steps in Steps
            select (contender.Name, Steps: steps, Condition: new StudyCondition(
                $"{contender.Name} {steps} {EpisodeStudy.IdOf(contender.Package)}", robot,
                () => DiffusionPolicy.Load(contender.Package, camera, change: manifest => manifest.WithSolver(contender.Solver, steps))))).ToArray();
        var study = new EpisodeStudy([.. conditions.Select(c => c.Condition)], Tasks, EvaluationCommand.FirstHeldOutSeed, context.File("steps.jsonl"));
        study.Run(context.Seconds, int.MaxValue, Environment.ProcessorCount, context.Report);

        var results = conditions.Select(c => (c.Name, c.Steps, Episodes: study.Of(c.Condition), Percent: EpisodeStudy.Percent(study.Of(c.Condition)))).ToArray();
        var best = results.MaxBy(r => r.Percent);
        var few = results.Where(r => r.Steps <= FewSteps).MaxBy(r => r.Percent);
        return BenchResult.Of(
            string.Create(CultureInfo.InvariantCulture, $"{few.Name} with {few.Steps}: {few.Percent:0} %; best of all {best.Name} with {best.Steps}: {best.Percent:0} % ({best.Episodes.Count} episodes each)"),
            [BenchRatio.Limit("success lost with 1 or 2 steps", best.Percent - few.Percent, PointsLost, "points")],
            [.. results.Select(r => new BenchRow($"{r.Name}, {r.Steps} steps",
            [
                new("success", r.Percent, "%"),
                new("episodes", r.Episodes.Count, ""),
                new("time, median", EpisodeStudy.Quantile(r.Episodes.Select(e => e.Seconds), 0.5), "s"),
            ]))],
            reason: "the student was not taught long enough",
            tried: "rectified flow from the shipped policy, DPM-Solver++(2M) and DDIM on a diffusion policy");
    }
}
