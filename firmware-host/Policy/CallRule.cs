using Edge.Api;

namespace Edge.Policy;

/// <summary>What the sensors must say about one call; the policy's "done" alone is never believed. A new call is one more row of <see cref="All"/>.</summary>
/// <param name="Call">Name in <see cref="RobotApi"/>.</param>
/// <param name="CanBegin">False: the call cannot work from here and fails at once.</param>
/// <param name="Achieved">The sensors agree that the call did what it is for.</param>
public sealed record CallRule(string Call, Func<SensorHistory, bool> CanBegin, Func<SensorHistory, Subtask, bool> Achieved)
{
    /// <summary>A tool that was sent somewhere is there when it is as near as this.</summary>
    private const double ArrivedM = 0.02;

    /// <summary>
    /// How deep below where it first touched a slide presses, and how far above that it still goes back to pressing, metres: no small error at the contact must end a
    /// slide before it has begun. What the expert shows and what the controller holds the policy to.
    /// </summary>
    public const double SlidePressM = 0.011, SlideTopM = 0.015;

    /// <summary>Every call that moves.</summary>
    public static IReadOnlyList<CallRule> All { get; } =
    [
        new("pick", s => !s.HeldAtStart, (s, _) => s.Sealed) { Lost = s => s.SealedSinceStart && !s.Sealed },
        // "Let go" and "never held" look the same afterwards, hence the latches.
        new("place", s => s.HeldAtStart, (s, _) => s.HeldAtStart && !s.Sealed && s.PressedSinceStart) { Lost = s => !s.Sealed && !s.PressedSinceStart },
        new("touch", s => !s.HeldAtStart, (s, _) => s.PressedSinceStart && !s.Sealed),
        new("push", s => !s.HeldAtStart, (s, _) => s.PressedSinceStart && !s.Pressed && !s.Sealed) { IsHalfDone = o => o.PressedSinceStart, DeepestPressM = 0.016, Slides = true },
        new("topple", s => !s.HeldAtStart, (s, _) => !s.Sealed), // the cup does not feel what it knocks over
        new("rotate", s => !s.HeldAtStart, (s, _) => s.SealedSinceStart && s.ReleasedSinceStart && !s.Sealed) { IsHalfDone = o => o.SealedSinceStart },
        new("move", _ => true, (s, subtask) => Math.Abs(s.Tool.X - subtask.End.X) < ArrivedM && Math.Abs(s.Tool.Y - subtask.End.Y) < ArrivedM),
        new("throw", s => s.HeldAtStart, (s, _) => s.ReleasedSinceStart && !s.Sealed),
    ];

    /// <summary>The whole task at once. It may press as deep as any call.</summary>
    public static CallRule WholeTask { get; } = new("", _ => true, (_, _) => false) { DeepestPressM = All.Max(rule => rule.DeepestPressM), SensorsKnow = false };

    /// <summary>False: the sensors do not know what it is for. The policy's word counts when it stays by it, and neither a stand nor <see cref="RobotApi"/>'s time ends it.</summary>
    public bool SensorsKnow { get; init; } = true;

    /// <summary>A held thing was lost; fails when it stays so.</summary>
    public Func<SensorHistory, bool> Lost { get; init; } = _ => false;

    /// <summary>The tool goes no deeper than this below where it first touched, metres: a cup gains nothing from more, a slide needs the friction.</summary>
    public double DeepestPressM { get; init; } = 0.004;

    /// <summary>It presses from above and slides.</summary>
    public bool Slides { get; init; }

    /// <summary>The first half of a call with two targets is done: the second target counts.</summary>
    public Func<Observation, bool> IsHalfDone { get; init; } = _ => false;

    private static readonly CallRule[] ByFunction = Index(); // after All: static fields are made in the order of the text

    /// <summary>The rule of a call, or of the whole task.</summary>
    public static CallRule Of(int function) => function == Subtask.WholeTask ? WholeTask : ByFunction[function];

    private static CallRule[] Index()
    {
        var rules = new CallRule[RobotApi.Calls.Count];
        for (var i = 0; i < rules.Length; i++)
        {
            var name = RobotApi.Calls[i].Name;
            rules[i] = All.FirstOrDefault(rule => rule.Call == name) ?? new CallRule(name, _ => false, (_, _) => false);
        }

        return rules;
    }
}
