using System.Globalization;
using System.Text;

namespace Edge.Robots;

/// <summary>One thing wrong in a robot file: the field's path (as in <c>joints[2].drive.canId</c>), what stands there, and what may.</summary>
public sealed record RobotFileError(string Path, string Found, string Allowed)
{
    /// <inheritdoc/>
    public override string ToString() => $"{(Path.Length == 0 ? "(the file)" : Path)}: found {Found}; allowed: {Allowed}";
}

/// <summary>A robot file is wrong. Lists everything that is.</summary>
public sealed class RobotFileException : Exception
{
    /// <summary>Makes the message from all errors.</summary>
    public RobotFileException(string file, IReadOnlyList<RobotFileError> errors)
        : base(Describe(file, errors))
    {
        File = file;
        Errors = errors;
    }

    /// <summary>The file, as its reader named it.</summary>
    public string File { get; }

    /// <summary>Everything wrong, in the order of the file's fields.</summary>
    public IReadOnlyList<RobotFileError> Errors { get; }

    private static string Describe(string file, IReadOnlyList<RobotFileError> errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        var text = new StringBuilder(file).Append(CultureInfo.InvariantCulture, $": {errors.Count} {(errors.Count == 1 ? "error" : "errors")} in the robot description");
        foreach (var error in errors)
            text.Append("\n  ").Append(error);
        return text.ToString();
    }
}
