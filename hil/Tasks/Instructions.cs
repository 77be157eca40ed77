using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Edge.Hil.Scenes;

namespace Edge.Hil.Tasks;

/// <summary>How people ask for a task: <c>tasks/instructions.json</c> beside the program, or another file of that form.</summary>
public static class Instructions
{
    private static readonly string[] Objects = ["{a}", "{b}", "{c}", "{d}", "{e}", "{f}"], Areas = ["{area}", "{area2}", "{area3}"];

    private static Lazy<Dictionary<string, Phrasing[]>> all = new(() => Load(Path.Combine(AppContext.BaseDirectory, "tasks", "instructions.json")));

    /// <summary>Takes the phrasings from another file, of the same form, from now on.</summary>
    /// <exception cref="InvalidDataException">The file is not of that form; the message names the task and the field.</exception>
    public static void ReadFrom(string path)
    {
        var other = Load(path);
        all = new(() => other);
    }

    /// <summary>One phrasing of a task, its placeholders still in it: one that names as many objects and areas as the goal has, where there is such.</summary>
    public static string Draw(string task, DataSplit split, SceneRandom random, TaskGoal goal)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentNullException.ThrowIfNull(goal);
        var phrasings = Of(task, split);
        var fitting = phrasings.Where(text => Fits(text, "{a}", Objects, goal.Objects.Count) && Fits(text, "{area}", Areas, goal.Areas.Count)).ToArray();
        return random.Pick(fitting.Length > 0 ? fitting : phrasings);
    }

    /// <summary>
    /// Puts names into a phrasing: <c>{a}</c> to <c>{f}</c> the goal's objects, <c>{area}</c>, <c>{area2}</c> ... its areas, <c>{angle}</c> and <c>{direction}</c> its
    /// turn, <c>{word}</c> its word.
    /// </summary>
    public static string Fill(string text, Scene scene, TaskGoal goal)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(scene);
        ArgumentNullException.ThrowIfNull(goal);
        for (var i = 0; i < goal.Objects.Count; i++)
            text = text.Replace(Objects[i], scene.Objects[goal.Objects[i]].Name, StringComparison.Ordinal);
        for (var i = goal.Areas.Count - 1; i >= 0; i--)
            text = text.Replace(Areas[i], scene.Areas[goal.Areas[i]].Name, StringComparison.Ordinal);
        return text
            .Replace("{angle}", Math.Abs(goal.Degrees).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{direction}", goal.Degrees < 0 ? "clockwise" : "counterclockwise", StringComparison.Ordinal)
            .Replace("{word}", goal.Word, StringComparison.Ordinal);
    }

    private static bool Fits(string text, string first, string[] placeholders, int count) =>
        !text.Contains(first, StringComparison.Ordinal) || placeholders.Count(p => text.Contains(p, StringComparison.Ordinal)) == count;

    /// <summary>All phrasings of a task in a split.</summary>
    public static IReadOnlyList<string> Of(string task, DataSplit split)
    {
        var wanted = split == DataSplit.Train ? "train" : "test";
        return all.Value.TryGetValue(task, out var known)
            ? [.. known.Where(p => p.Split == wanted).Select(p => p.Text)]
            : throw new ArgumentException($"the instructions have no task \"{task}\"; it has: {string.Join(", ", all.Value.Keys)}", nameof(task));
    }

    private static Dictionary<string, Phrasing[]> Load(string path)
    {
        var tasks = JsonSerializer.Deserialize(File.ReadAllText(path), InstructionJson.Default.DictionaryStringPhrasingArray) ?? [];
        foreach (var (task, phrasings) in tasks)
        {
            foreach (var phrasing in phrasings)
            {
                if (phrasing.Split is not ("train" or "test"))
                    throw new InvalidDataException($"{path}: {task}: split: found \"{phrasing.Split}\", allowed \"train\" or \"test\"");
            }
        }

        return tasks;
    }
}

/// <summary>One phrasing and whether training may use it.</summary>
internal sealed record Phrasing(string Text, string Split);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Dictionary<string, Phrasing[]>))]
internal sealed partial class InstructionJson : JsonSerializerContext;
