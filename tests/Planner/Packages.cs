using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Edge.Tests.Inference;
using Xunit;

namespace Edge.Tests.Planner;

/// <summary>The random-weight package, and changed copies of it.</summary>
internal static class Packages
{
    /// <summary>The package as it ships.</summary>
    public static string Original { get; } = Fixture.PathOf("Planner", "fixture", "package");

    /// <summary>Writes the golden input anew: other graphs give other answers.</summary>
    public static void RewriteGolden(string folder)
    {
        using var node = Process.Start("node", [Path.Combine(Fixture.Root, "models", "training", "planner", "golden.mjs"), folder]);
        node.WaitForExit();
        Assert.Equal(0, node.ExitCode);
    }

    /// <summary>Makes the manifest's hash of a file right again.</summary>
    public static void Rehash(string folder, string name)
    {
        var path = Path.Combine(folder, "manifest.json");
        var manifest = JsonNode.Parse(File.ReadAllText(path))!;
        manifest["files"]![name] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, name))));
        File.WriteAllText(path, manifest.ToJsonString());
    }

    /// <summary>A copy with some JSON files changed and the manifest's hashes made right again.</summary>
    public static string Copy(params (string File, Action<JsonNode> Change)[] changes)
    {
        var folder = Path.Combine(Fixture.NewFolder(), "package");
        foreach (var file in Directory.GetFiles(Original, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder, Path.GetRelativePath(Original, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        foreach (var (name, change) in changes.OrderBy(c => c.File == "manifest.json"))
        {
            var path = Path.Combine(folder, name);
            var json = JsonNode.Parse(File.ReadAllText(path))!;
            change(json);
            File.WriteAllText(path, json.ToJsonString());
            if (name != "manifest.json")
                Rehash(folder, name);
        }

        return folder;
    }
}
