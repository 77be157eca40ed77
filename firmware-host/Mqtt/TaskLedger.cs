using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Edge.Storage;

namespace Edge.Mqtt;

/// <summary>
/// The task ids that were taken, so that a message delivered twice moves the arm once, also across a restart. A small file, one JSON object a line,
/// replaced as a whole; a line that cannot be read is left out. Not thread-safe.
/// </summary>
internal sealed class TaskLedger
{
    /// <summary>Ids that are remembered. A request is stale after 30 s, and nobody sends more in that time.</summary>
    public const int Capacity = 256;

    private const string Restarted = "the controller was restarted";

    private readonly DurableFile? _file;
    private readonly List<Entry> _entries = [];
    private readonly ArrayBufferWriter<byte> _content = new();
    private readonly Utf8JsonWriter _json;

    /// <summary>Opens the file, or begins an empty ledger. A task that was not over when the process ended has failed.</summary>
    /// <param name="path">The file; null to remember nothing beyond the process.</param>
    public TaskLedger(string? path)
    {
        _json = new Utf8JsonWriter(_content);
        if (path is null)
            return;
        _file = new DurableFile(path);
        try
        {
            if (File.Exists(path))
                Read(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            FileError = $"task ids cannot be read from {path}: {error.Message}";
        }
    }

    /// <summary>Why the file could not be read or written at the last try; empty when it could.</summary>
    public string FileError { get; private set; } = "";

    public Entry? Find(string taskId) => _entries.Find(entry => entry.TaskId == taskId);

    public Entry Add(string taskId, string fingerprint)
    {
        var entry = new Entry { TaskId = taskId, Fingerprint = fingerprint };
        if (_entries.Count == Capacity)
            _entries.RemoveAt(0);
        _entries.Add(entry);
        Write();
        return entry;
    }

    /// <summary>Notes a report; the file changes only where the outcome of the task does.</summary>
    public void Note(Entry entry, TaskReport report)
    {
        var changed = report.State.IsTerminal() && entry.State != report.State;
        (entry.State, entry.ErrorType, entry.Reason, entry.Report) = (report.State, report.ErrorType, report.Reason, report);
        if (changed)
            Write();
    }

    private static Entry? Parse(string line)
    {
        try
        {
            var entry = line.Length <= 4096 ? JsonSerializer.Deserialize(line, LedgerJson.Default.Entry) : null;
            return entry is not null && FieldReader.IsIdentifier(entry.TaskId) && Enum.IsDefined(entry.State) ? entry : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void Read(string path)
    {
        foreach (var line in File.ReadLines(path, Encoding.UTF8).Take(Capacity))
        {
            if (Parse(line) is not { } entry)
                continue;
            if (!entry.State.IsTerminal())
                (entry.State, entry.ErrorType, entry.Reason) = (TaskState.Failed, "RESTARTED", Restarted);
            _entries.Add(entry);
        }
    }

    private void Write()
    {
        if (_file is null)
            return;
        try
        {
            _content.ResetWrittenCount();
            foreach (var entry in _entries)
            {
                _json.Reset();
                JsonSerializer.Serialize(_json, entry, LedgerJson.Default.Entry);
                _content.Write("\n"u8);
            }

            _file.Replace(_content.WrittenSpan);
            FileError = "";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            FileError = $"task ids cannot be kept in {_file.Name}: {error.Message}";
        }
    }

    internal sealed class Entry
    {
        public string TaskId { get; set; } = "";

        public string Fingerprint { get; set; } = "";

        public TaskState State { get; set; }

        public string ErrorType { get; set; } = "";

        public string Reason { get; set; } = "";

        /// <summary>The newest report of this process; null for a task of an earlier one.</summary>
        [JsonIgnore]
        public TaskReport? Report { get; set; }
    }
}

/// <summary>Serialisation without reflection.</summary>
[JsonSourceGenerationOptions(UseStringEnumConverter = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TaskLedger.Entry))]
internal sealed partial class LedgerJson : JsonSerializerContext;
