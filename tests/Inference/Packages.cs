using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Edge.Tests.Inference;

/// <summary>Changed copies of the policy package whose answer is known.</summary>
internal static class Packages
{
    /// <summary>The package.</summary>
    public static string Policy { get; } = Fixture.PathOf("Policy", "package");

    /// <summary>A copy with another provider object, and more files.</summary>
    public static string WithProvider(string provider, params (string Name, string Source)[] more)
    {
        var folder = Fixture.NewFolder();
        foreach (var file in Directory.GetFiles(Policy))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        var path = Path.Combine(folder, "manifest.json");
        var manifest = JsonNode.Parse(File.ReadAllText(path))!;
        manifest["provider"] = JsonNode.Parse(provider);
        foreach (var (name, source) in more)
        {
            File.Copy(source, Path.Combine(folder, name));
            manifest["files"]![name] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(source)));
        }

        File.WriteAllText(path, manifest.ToJsonString());
        return folder;
    }
}
