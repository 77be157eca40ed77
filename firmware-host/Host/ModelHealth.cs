using System.Globalization;
using Edge.Inference;
using Edge.Planner;
using Edge.Policy;
using Edge.Robots;

namespace Edge.Host;

/// <summary>How a loaded model does on this machine. Its golden input has passed already, else it would not be loaded.</summary>
/// <param name="Name">"planner" or "policy".</param>
/// <param name="Package">Folder.</param>
/// <param name="Provider">Where it computes.</param>
/// <param name="Missing">One line about better providers that could not be used; empty when there are none.</param>
/// <param name="GoldenCosine">Cosine of its answer to the golden input and the stored one.</param>
/// <param name="Timing">How long a call or chunk takes.</param>
/// <param name="PeriodSeconds">Longest 99th percentile at which the robot may be armed.</param>
/// <param name="PeriodSource">Where that comes from.</param>
public sealed record ModelHealth(
    string Name, string Package, ExecutionProvider Provider, string Missing, double GoldenCosine, RunTiming Timing, double PeriodSeconds, string PeriodSource)
{
    private const int MostTimings = 3;

    /// <summary>Name of the self-test's check.</summary>
    public string CheckName => $"{Name} is fast enough";

    /// <summary>The 99th percentile fits the period.</summary>
    public bool IsFastEnough => Timing.P99Seconds <= PeriodSeconds;

    /// <summary>What was found and what is allowed, where it is too slow.</summary>
    public string Slowness => string.Create(CultureInfo.InvariantCulture,
        $"p99 is {Timing.P99Seconds:0.###} s on {ProviderPreference.NameOf(Provider)}, allowed is {PeriodSeconds:0.###} s ({PeriodSource}){(Missing.Length > 0 ? $"; {Missing}" : "")}");

    /// <summary>Times both models.</summary>
    public static IReadOnlyList<ModelHealth> Of(RobotDescription robot, VlmPlanner planner, DiffusionPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(robot);
        ArgumentNullException.ThrowIfNull(planner);
        ArgumentNullException.ThrowIfNull(policy);
        var policyPeriodSeconds = robot.Policy.ReplanSteps * policy.StepNs / 1e9;
        return
        [
            new("planner", robot.Planner.Package, planner.Provider, planner.Missing, planner.GoldenCosine,
                RunTiming.FirstWithin(robot.Planner.MaxCallSeconds, MostTimings, planner.Time), robot.Planner.MaxCallSeconds, "planner.maxCallSeconds"),
            new("policy", robot.Policy.Package, policy.Provider, policy.Missing, policy.GoldenCosine,
                RunTiming.FirstWithin(policyPeriodSeconds, MostTimings, policy.Time), policyPeriodSeconds,
                string.Create(CultureInfo.InvariantCulture, $"policy.replanSteps {robot.Policy.ReplanSteps} of {policy.StepNs / 1e9} s")),
        ];
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Name} {Package}: {ProviderPreference.NameOf(Provider)}, golden input agrees (cosine {GoldenCosine:0.00000}), p50 {Timing.P50Seconds * 1000:0.0} ms, p99 {Timing.P99Seconds * 1000:0.0} ms, allowed {PeriodSeconds * 1000:0} ms{(Missing.Length > 0 ? $"; {Missing}" : "")}");
}
