using Edge.Api;
using Edge.Control;

namespace Edge.Hil.Oracle;

/// <summary>
/// The scripted low level: from the present state alone to the next step, so it can be asked anywhere, also where noise has pushed the arm. What each call does
/// is in <see cref="ExpertCall"/>; this plays it forward.
/// </summary>
public static class Expert
{
    /// <summary>Steps that the valve takes to let go, in the nominal rollout.</summary>
    private const int ReleaseSteps = 2;

    /// <summary>No call takes longer; ends a rollout that does not converge.</summary>
    private const int MaxRolloutSteps = 250;

    /// <summary>Steps to go at which progress is one half: most of the resolution lies near the end, where "done" is decided.</summary>
    private const double HalfProgressSteps = 5;

    private static readonly ExpertCall?[] ByFunction = Index();

    /// <summary>True for calls that it can do.</summary>
    public static bool Knows(int function) => function >= 0 && function < ByFunction.Length && ByFunction[function] is not null;

    /// <summary>How it does a call that it knows.</summary>
    internal static ExpertCall Of(int function) => ByFunction[function]!;

    /// <summary>The next step.</summary>
    public static (ToolPose Pose, bool Suction) Next(int function, in ExpertState state, in ExpertGoal goal) => ByFunction[function]!.Next(state, goal);

    /// <summary>
    /// Fills a chunk: poses and suction of the coming steps, and progress before each. Events do not fire by themselves in it (a chunk that runs across an
    /// event it cannot see would teach to guess it); how many steps remain is counted with events where they are expected.
    /// </summary>
    public static void Rollout(int function, ExpertState state, in ExpertGoal goal, Span<ToolPose> poses, Span<bool> suction, Span<double> progress)
    {
        var remaining = RemainingSteps(function, state, goal);
        for (var k = 0; k < poses.Length; k++)
        {
            progress[k] = Progress(remaining - k);
            (poses[k], suction[k]) = Next(function, state, goal);
            state = state with { Tool = poses[k], Suction = suction[k] };
        }
    }

    /// <summary>Progress, 0..1, with so many steps to go; 1 at the end and behind it.</summary>
    public static double Progress(int stepsLeft) => HalfProgressSteps / (HalfProgressSteps + Math.Max(0, stepsLeft));

    /// <summary>Steps to go at a progress.</summary>
    public static int StepsLeft(double progress) => (int)Math.Round((HalfProgressSteps / progress) - HalfProgressSteps);

    /// <summary>Steps until the call is done, when everything goes as expected.</summary>
    public static int RemainingSteps(int function, ExpertState state, in ExpertGoal goal)
    {
        var call = ByFunction[function]!;
        var letGo = 0;
        for (var k = 0; k < MaxRolloutSteps; k++)
        {
            if (call.IsOver(state, goal))
                return k;
            var (pose, suction) = call.Next(state, goal);
            var touches = pose.Z <= goal.ContactZ + 0.0005;
            letGo = suction ? 0 : letGo + 1;
            var sealedNow = state.Sealed ? letGo <= ReleaseSteps : touches && suction;
            state = new ExpertState(
                pose,
                suction,
                sealedNow,
                touches,
                state.PressedSinceStart || touches,
                state.SealedSinceStart || (!state.Sealed && sealedNow),
                state.ReleasedSinceStart || (state.Sealed && !sealedNow));
        }

        return MaxRolloutSteps;
    }

    private static ExpertCall?[] Index()
    {
        var calls = new ExpertCall?[RobotApi.Calls.Count];
        for (var i = 0; i < calls.Length; i++)
        {
            var name = RobotApi.Calls[i].Name;
            calls[i] = ExpertCall.All.FirstOrDefault(call => call.Name == name);
        }

        return calls;
    }
}
