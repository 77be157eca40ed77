namespace Edge.Hil.Evaluation;

/// <summary>What happens in an episode that nobody expects. Its sizes and moments follow from the episode's seed.</summary>
public enum Disturbance
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The camera has been moved by 2 cm and turned by 2 degrees since it was calibrated.</summary>
    Camera,

    /// <summary>All light is half as bright.</summary>
    Light,

    /// <summary>The first thing that a call goes for is shifted by 4 cm while the tool is on its way.</summary>
    Moved,

    /// <summary>The first thing that has been held for half a second falls off.</summary>
    Dropped,
}

/// <summary>Names of disturbances, as in files and on the command line.</summary>
public static class DisturbanceNames
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = ["none", "camera", "light", "moved", "dropped"];

    /// <summary>Name of one.</summary>
    public static string Of(Disturbance disturbance) => All[(int)disturbance];

    /// <summary>The one of a name.</summary>
    public static Disturbance Get(string name)
    {
        for (var i = 0; i < All.Count; i++)
        {
            if (All[i] == name)
                return (Disturbance)i;
        }

        throw new ArgumentException($"no disturbance \"{name}\"; there are: {string.Join(", ", All)}", nameof(name));
    }
}
