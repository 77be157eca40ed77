using System.CommandLine;

namespace Edge.Hil;

/// <summary>The option <c>--robot</c> of the rig's commands.</summary>
internal static class RobotOption
{
    /// <summary>Makes it; by default the shipped robot.</summary>
    public static Option<string> Create(string description = "Robot file") =>
        new("--robot") { Description = description, DefaultValueFactory = _ => Path.Combine(AppContext.BaseDirectory, "robots", "xarm6-damiao.json") };
}
