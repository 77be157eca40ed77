using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Edge.Hil.Bench;

/// <summary>An item's part of bench.json.</summary>
/// <param name="Title">What was measured.</param>
/// <param name="Goal">The goal.</param>
/// <param name="Met">It was met.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Measured">When, UTC.</param>
/// <param name="Machine">On what.</param>
/// <param name="Result">What was found.</param>
public sealed record BenchEntry(string Title, string Goal, bool Met, double Seconds, DateTime Measured, string Machine, BenchResult Result);

/// <summary>bench.json: one member a key, in the order of the items. An item that ran replaces its part; the others stay.</summary>
internal static class BenchReport
{
    /// <summary>Name of the file in the output folder.</summary>
    public const string FileName = "bench.json";

    /// <summary>The machine in a few words: processor, cores, kernel.</summary>
    public static string Machine()
    {
        var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim();
        var kernel = File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
        return string.Create(CultureInfo.InvariantCulture, $"{model ?? RuntimeInformation.ProcessArchitecture.ToString()}, {Environment.ProcessorCount} cores, Linux {kernel}");
    }

    /// <summary>Reads a report; empty where there is none.</summary>
    /// <exception cref="BenchException">The file is no report.</exception>
    public static Dictionary<string, BenchEntry> Read(string path)
    {
        if (!File.Exists(path))
            return [];
        try
        {
            var entries = new Dictionary<string, BenchEntry>();
            foreach (var (key, entry) in JsonNode.Parse(File.ReadAllText(path))!.AsObject())
                entries[key] = entry.Deserialize(BenchJson.Default.BenchEntry)!;
            return entries;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new BenchException($"{path} is no benchmark report ({e.Message}); remove it and run 'make bench'", e);
        }
    }

    /// <summary>Writes a report.</summary>
    public static void Write(string path, IReadOnlyDictionary<string, BenchEntry> entries)
    {
        var json = new JsonObject();
        foreach (var item in BenchItems.All.Where(item => entries.ContainsKey(item.Key)))
            json[item.Key] = JsonSerializer.SerializeToNode(entries[item.Key], BenchJson.Default.BenchEntry);
        File.WriteAllText(path, json.ToJsonString(new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n");
    }
}

/// <summary>bench.json's form, made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(BenchEntry))]
public sealed partial class BenchJson : JsonSerializerContext;
