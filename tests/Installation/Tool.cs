using System.Diagnostics;
using Edge.Tests.Inference;
using Xunit;

namespace Edge.Tests.Installation;

/// <summary>A program of the machine or of scripts/, run to its end in the repository's root.</summary>
internal static class Tool
{
    /// <summary>Runs it; returns its exit code and everything it wrote.</summary>
    public static (int ExitCode, string Output) Run(string program, params string[] arguments)
    {
        var path = program.Contains('/', StringComparison.Ordinal) ? Path.Combine(Fixture.Root, program) : program;
        var info = new ProcessStartInfo(path, arguments) { WorkingDirectory = Fixture.Root, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(info)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd() + errors.Result;
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    /// <summary>Runs it; it must succeed. Returns what it wrote.</summary>
    public static string Succeed(string program, params string[] arguments)
    {
        var (exitCode, output) = Run(program, arguments);
        Assert.True(exitCode == 0, $"{program} {string.Join(' ', arguments)}: exit code {exitCode}\n{output}");
        return output;
    }
}
