using Edge.Api;

namespace Edge.Policy;

/// <summary>What the sensors must say about one call; the policy's "done" alone is never believed. A new call is one more row of <see cref="All"/>.</summary>
/// <param name="Call">Name in <see cref="RobotApi"/>.</param>
/// <param name="CanBegin">False: the call cannot work from here and fails at once.</param>
/// <param name="Achieved">The sensors agree that the call did what it is for.</param>
/// <param name="Lost">A held thing was lost; fails when it stays so.</param>
public sealed record CallRule(string Call, Func<SensorHistory, bool> CanBegin, Func<SensorHistory, bool> Achieved, Func<SensorHistory, bool> Lost)
{
    /// <summary>Every call that moves.</summary>
    public static IReadOnlyList<CallRule> All { get; } =
    [
        new("pick", s => !s.HeldAtStart, s => s.Sealed, s => s.SealedSinceStart && !s.Sealed),
        // "Let go" and "never held" look the same afterwards, hence the latches.
        new("place", s => s.HeldAtStart, s => s.HeldAtStart && !s.Sealed && s.PressedSinceStart, s => !s.Sealed && !s.PressedSinceStart),
        new("touch", s => !s.HeldAtStart, s => s.PressedSinceStart && !s.Sealed, s => false),
    ];

    private static readonly CallRule[] ByFunction = Index(); // after All: static fields are made in the order of the text

    /// <summary>The rule of a call.</summary>
    public static CallRule Of(int function) => ByFunction[function];

    private static CallRule[] Index()
    {
        var rules = new CallRule[RobotApi.Calls.Count];
        for (var i = 0; i < rules.Length; i++)
        {
            var name = RobotApi.Calls[i].Name;
            rules[i] = All.FirstOrDefault(rule => rule.Call == name) ?? new CallRule(name, _ => false, _ => false, _ => false);
        }

        return rules;
    }
}
