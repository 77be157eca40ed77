using System.Text.Json;
using System.Text.Json.Serialization;
using Edge.Hil.Scenes;

namespace Edge.Hil.Tasks;

/// <summary>Which phrasings of an instruction may be used: those that training sees, or those kept for evaluation.</summary>
public enum InstructionSplit
{
    /// <summary>For training data.</summary>
    Train,

    /// <summary>For evaluation: wordings never seen in training, made of words that were.</summary>
    Test,
}

/// <summary>How people ask for a task: read once from <c>tasks/instructions.json</c> beside the program.</summary>
public static class Instructions
{
    private static readonly Lazy<Dictionary<string, Phrasing[]>> All = new(Load);

    /// <summary>One phrasing of a task, its placeholders (<c>{a}</c>, <c>{b}</c>, <c>{area}</c>) still in it.</summary>
    public static string Draw(string task, InstructionSplit split, SceneRandom random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return random.Pick(Of(task, split));
    }

    /// <summary>All phrasings of a task in a split.</summary>
    public static IReadOnlyList<string> Of(string task, InstructionSplit split)
    {
        var wanted = split == InstructionSplit.Train ? "train" : "test";
        return All.Value.TryGetValue(task, out var phrasings)
            ? [.. phrasings.Where(p => p.Split == wanted).Select(p => p.Text)]
            : throw new ArgumentException($"tasks/instructions.json has no task \"{task}\"; it has: {string.Join(", ", All.Value.Keys)}", nameof(task));
    }

    private static Dictionary<string, Phrasing[]> Load()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "tasks", "instructions.json");
        var all = JsonSerializer.Deserialize(File.ReadAllText(path), InstructionJson.Default.DictionaryStringPhrasingArray) ?? [];
        foreach (var (task, phrasings) in all)
        {
            foreach (var phrasing in phrasings)
            {
                if (phrasing.Split is not ("train" or "test"))
                    throw new InvalidDataException($"{path}: {task}: split: found \"{phrasing.Split}\", allowed \"train\" or \"test\"");
            }
        }

        return all;
    }
}

/// <summary>One phrasing and whether training may use it.</summary>
internal sealed record Phrasing(string Text, string Split);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Dictionary<string, Phrasing[]>))]
internal sealed partial class InstructionJson : JsonSerializerContext;
