namespace Edge.Hil.Oracle;

/// <summary>How the expert does one call of the API: down, something happens, back home.</summary>
/// <param name="Name">As in <see cref="Api.RobotApi"/>.</param>
/// <param name="SuctionThere">Suction on the way to the target.</param>
/// <param name="SuctionBack">Suction on the way home.</param>
/// <param name="LetsGo">At contact it stands still and lets go.</param>
/// <param name="IsAchieved">What it came for has happened: go home.</param>
public sealed record ExpertCall(string Name, bool SuctionThere, bool SuctionBack, bool LetsGo, Func<ExpertState, bool> IsAchieved)
{
    /// <summary>The calls.</summary>
    public static IReadOnlyList<ExpertCall> All { get; } =
    [
        new("pick", SuctionThere: true, SuctionBack: true, LetsGo: false, s => s.Sealed),
        new("place", SuctionThere: true, SuctionBack: false, LetsGo: true, s => !s.Sealed),
        new("touch", SuctionThere: false, SuctionBack: false, LetsGo: false, s => s.PressedSinceStart),
    ];
}
