using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Edge.Tests.Inference;

namespace Edge.Tests.Planner;

/// <summary>The independent peer: transformers.js on the same files.</summary>
internal static class TransformersJs
{
    /// <summary>Runs peer.mjs on a job; see there.</summary>
    public static JsonNode Run(JsonObject job)
    {
        var start = new ProcessStartInfo("node", [Fixture.PathOf("Planner", "fixture", "peer.mjs")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var node = Process.Start(start)!;
        var errors = node.StandardError.ReadToEndAsync();
        var answer = node.StandardOutput.ReadToEndAsync();
        node.StandardInput.Write(job.ToJsonString());
        node.StandardInput.Close();
        node.WaitForExit();
        return node.ExitCode == 0 ? JsonNode.Parse(answer.Result)! : throw new InvalidOperationException($"node: {errors.Result}");
    }

    /// <summary>An array of numbers.</summary>
    public static int[] Ids(JsonNode? node) => node!.AsArray().Deserialize<int[]>()!;
}
