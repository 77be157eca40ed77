using System.Buffers;
using System.Text.Json;
using Edge.Api;
using Edge.Control;
using Edge.Inference;
using Edge.Policy;
using Edge.Storage;

namespace Edge.Planner;

/// <summary>
/// What was done and where things were: a ring of the newest calls. A call of the present task is named by its slot, its number within the task, which does not change
/// when older ones fall out. Kept in a file, so that a restarted process goes on where the killed one stopped. Not thread-safe: belongs to the task executor.
/// </summary>
public sealed class PlannerMemory
{
    private const int Format = 1;
    private const int MaxCapacity = 1024;
    private const long MaxFileBytes = 4 << 20;
    private const double MaxMetres = 100;
    private const double MaxYawRad = 100;

    private static readonly int Pick = RobotApi.IndexOf("pick"), Push = RobotApi.IndexOf("push");

    private readonly DurableFile? _file;
    private readonly ArrayBufferWriter<byte> _content = new();
    private readonly List<MemoryEntry> _entries;
    private Utf8JsonWriter? _json;
    private string _task = "";

    /// <summary>An empty memory, not kept in a file.</summary>
    /// <param name="capacity">Entries kept, 1 to 1024.</param>
    public PlannerMemory(int capacity)
        : this(capacity, null, [])
    {
    }

    private PlannerMemory(int capacity, string? path, List<MemoryEntry> entries)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, MaxCapacity);
        Capacity = capacity;
        _file = path is null ? null : new DurableFile(path);
        _entries = entries;
        Trim();
    }

    /// <summary>Entries kept.</summary>
    public int Capacity { get; }

    /// <summary>Every entry, of all tasks, oldest first.</summary>
    public IReadOnlyList<MemoryEntry> All => _entries;

    /// <summary>Entries of the present task, oldest first: what the planner is shown and may name. A copy.</summary>
    public IReadOnlyList<MemoryEntry> Current => _entries.FindAll(e => e.TaskId == _task);

    /// <summary>Why the last change could not be written to the file; empty when it was. The memory itself goes on.</summary>
    public string SaveError { get; private set; } = "";

    /// <summary>
    /// Restores a memory from its file, or begins an empty one there. A broken file gives an empty memory and a <paramref name="warning"/> that says what is wrong with
    /// it.
    /// </summary>
    public static PlannerMemory Open(string path, int capacity, out string warning)
    {
        warning = "";
        var entries = new List<MemoryEntry>();
        if (File.Exists(path))
        {
            try
            {
                var root = JsonField.ReadFile(path, MaxFileBytes);
                root["format"].AsInt(Format, Format);
                entries.AddRange(root["entries"].Items(MaxCapacity).Select(Read));
            }
            catch (ModelException e)
            {
                entries.Clear();
                warning = $"{path}: the planner's memory is lost: {e.Message}";
            }
        }

        return new PlannerMemory(capacity, path, entries);
    }

    /// <summary>A task begins, or goes on after a restart: its entries, if any are left, are the present ones.</summary>
    public void Begin(string taskId)
    {
        ArgumentException.ThrowIfNullOrEmpty(taskId);
        _task = taskId;
    }

    /// <summary>Remembers a call of the present task; its slot is one more than the last one's.</summary>
    /// <param name="timeNs">When it began.</param>
    /// <param name="call">The call as text.</param>
    /// <param name="pose">Where the thing or place that it names was when it began, base frame.</param>
    /// <param name="outcome">How it ended.</param>
    public MemoryEntry Append(long timeNs, string call, ToolPose pose, SubtaskOutcome outcome)
    {
        var last = _entries.FindLast(e => e.TaskId == _task);
        if (last?.Slot == MemorySlots.Highest)
            throw new InvalidOperationException($"A task has at most {MemorySlots.Highest} calls.");
        var entry = new MemoryEntry((last?.Slot ?? 0) + 1, _task, timeNs, call, WhereItStood(last, call, pose), outcome);
        _entries.Add(entry);
        Trim();
        Save();
        return entry;
    }

    /// <summary>
    /// The pose that is remembered with a call. What takes a thing away is remembered with where it stood, and where the robot itself has dropped it on the way is not that:
    /// a call that takes the same thing after one that failed keeps the failed one's pose.
    /// </summary>
    /// <param name="last">The call before; null: there is none.</param>
    /// <param name="call">The call as text.</param>
    /// <param name="pose">Where the thing is, base frame.</param>
    public static ToolPose WhereItStood(MemoryEntry? last, string call, ToolPose pose) =>
        last is { Outcome: SubtaskOutcome.Failed } && CallParser.TryParse(call, MemorySlots.All, out var now, out _) && CallParser.TryParse(last.Call, MemorySlots.All, out var before, out _)
        && TakesAgain(last, before, now)
            ? last.Pose
            : pose;

    /// <summary>Does a call take what the one before, which failed, was to take?</summary>
    internal static bool TakesAgain(MemoryEntry last, ApiInvocation? before, ApiInvocation? now) =>
        last.Outcome == SubtaskOutcome.Failed && before is not null && now is not null && now.Function == before.Function && (now.Function == Pick || now.Function == Push)
        && before.Thing.Length > 0 && before.Thing == now.Thing;

    /// <summary>The newest call of the present task ended otherwise than was thought.</summary>
    public void AmendLast(SubtaskOutcome outcome)
    {
        var last = _entries.FindLastIndex(e => e.TaskId == _task);
        if (last < 0)
            return;
        _entries[last] = _entries[last] with { Outcome = outcome };
        Save();
    }

    /// <summary>Forgets everything, in the file too.</summary>
    public void Clear()
    {
        _entries.Clear();
        Save();
    }

    private static MemoryEntry Read(JsonField field)
    {
        var callField = field["call"];
        var call = callField.AsString(CallParser.MaxLength);
        if (!CallParser.TryParse(call, MemorySlots.All, out _, out var error))
            throw new ModelException($"{callField.Path}: {error}");
        var poseField = field["pose"];
        var pose = poseField.Items(4);
        if (pose.Length != 4)
            throw poseField.Wrong("x, y, z, yaw");
        return new MemoryEntry(
            field["slot"].AsInt(1, MemorySlots.Highest),
            field["task"].AsString(),
            field["timeNs"].AsLong(long.MinValue, long.MaxValue),
            call,
            new ToolPose(Metres(0), Metres(1), Metres(2), pose[3].AsDouble(-MaxYawRad, MaxYawRad)),
            Enum.Parse<SubtaskOutcome>(field["outcome"].AsChoice(Enum.GetNames<SubtaskOutcome>())));

        double Metres(int i) => pose[i].AsDouble(-MaxMetres, MaxMetres);
    }

    private void Trim()
    {
        if (_entries.Count > Capacity)
            _entries.RemoveRange(0, _entries.Count - Capacity);
    }

    private void Save()
    {
        if (_file is null)
            return;
        _content.ResetWrittenCount();
        _json ??= new Utf8JsonWriter(_content, new JsonWriterOptions { Indented = true });
        _json.Reset();
        WriteTo(_json);
        _json.Flush();
        try
        {
            _file.Replace(_content.WrittenSpan);
            SaveError = "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SaveError = $"{_file.Name}: the planner's memory is not saved: {e.Message}";
        }
    }

    private void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("format", Format);
        json.WriteStartArray("entries");
        foreach (var entry in _entries)
        {
            json.WriteStartObject();
            json.WriteNumber("slot", entry.Slot);
            json.WriteString("task", entry.TaskId);
            json.WriteNumber("timeNs", entry.TimeNs);
            json.WriteString("call", entry.Call);
            json.WriteStartArray("pose");
            foreach (var value in (ReadOnlySpan<double>)[entry.Pose.X, entry.Pose.Y, entry.Pose.Z, entry.Pose.Yaw])
                json.WriteNumberValue(value);
            json.WriteEndArray();
            json.WriteString("outcome", Enum.GetName(entry.Outcome)); // ToString() would box it
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
