namespace Edge.Machine;

/// <summary>How serious a finding is.</summary>
public enum CheckState
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>The robot works, though not as well as it could.</summary>
    Warn,

    /// <summary>The robot cannot work.</summary>
    Fail,
}

/// <summary>What a check found.</summary>
/// <param name="State">How serious it is.</param>
/// <param name="Found">What there is.</param>
/// <param name="Mend">The command that mends it; empty where nothing is to mend.</param>
public sealed record Finding(CheckState State, string Found, string Mend = "")
{
    /// <summary>All is well.</summary>
    public static Finding Ok(string found) => new(CheckState.Ok, found);

    /// <summary>It could be better.</summary>
    public static Finding Warn(string found, string mend) => new(CheckState.Warn, found, mend);

    /// <summary>The robot cannot work like this.</summary>
    public static Finding Fail(string found, string mend) => new(CheckState.Fail, found, mend);
}

/// <summary>One row of <c>edge check</c>.</summary>
public interface IMachineCheck
{
    /// <summary>What is looked at.</summary>
    string Name { get; }

    /// <summary>Looks. Changes nothing and throws nothing.</summary>
    Finding Look();
}
