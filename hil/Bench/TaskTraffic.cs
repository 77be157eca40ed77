using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Edge.Mqtt;
using Edge.Realtime;
using Edge.Robots;

namespace Edge.Hil.Bench;

/// <summary>
/// A person and a fleet manager at the robot's topics: one task after another without pause, and a steady stream of state requests. Also measures when a request
/// left.
/// </summary>
internal sealed class TaskTraffic : IMqttHandler, IDisposable
{
    /// <summary>Most messages that the controller reads and answers a second are these and its own states.</summary>
    public const int RequestsPerSecond = 100;

    private static readonly byte[] StateRequest = """{"actionType":"stateRequest"}"""u8.ToArray();
    private readonly MqttClient _client;
    private readonly MqttTopic _task, _instant, _status;
    private readonly MonotonicClock _clock = new();
    private readonly BlockingCollection<(string Task, string Status)> _news = [];
    private readonly ManualResetEventSlim _connected = new();
    private readonly List<Thread> _threads = [];
    private volatile bool _stop;

    public TaskTraffic(MqttDescription mqtt, int port)
    {
        var root = $"arm/v1/{mqtt.Site}/{mqtt.RobotId}/";
        (_task, _instant, _status) = (new(root + "task/request"), new(root + "instant"), new(root + "task/+/status"));
        _client = new MqttClient(mqtt with { Host = "127.0.0.1", Port = port, Tls = null }, "edge-bench", this);
        _client.Start();
        if (!_connected.Wait(TimeSpan.FromSeconds(10)))
            throw new BenchException($"the broker does not answer: {_client.LastError}");
    }

    /// <summary>Tasks that ended well, and others.</summary>
    public (int Finished, int Other) Tasks { get; private set; }

    /// <summary>Messages sent.</summary>
    public long Sent { get; private set; }

    /// <summary>Sends these sentences one after another, and state requests, until <see cref="Dispose"/>.</summary>
    public void Start(IReadOnlyList<string> instructions)
    {
        Run("task traffic", () => SendTasks(instructions));
        Run("state requests", SendStateRequests);
    }

    /// <summary>Sends one task; returns its id and when it left, monotonic ns.</summary>
    public (string Id, long SentNs) SendTask(string instruction)
    {
        var id = Guid.NewGuid().ToString();
        var payload = Encoding.UTF8.GetBytes($$"""{"taskId":"{{id}}","instruction":"{{instruction}}"}""");
        while (_news.TryTake(out _))
        {
        }

        var sentNs = _clock.NowNs;
        Publish(_task, payload);
        return (id, sentNs);
    }

    /// <summary>Sends an instant action ("stop", "clearError", "arm"); returns when it left, monotonic ns.</summary>
    public long SendInstant(string action)
    {
        var payload = Encoding.UTF8.GetBytes($$"""{"actionId":"{{Guid.NewGuid()}}","actionType":"{{action}}","timestamp":"{{DateTime.UtcNow:O}}"}""");
        var sentNs = _clock.NowNs;
        Publish(_instant, payload);
        return sentNs;
    }

    /// <summary>Waits until a task has ended. Null: the time ran out first.</summary>
    public string? WaitForEnd(string task, double atMostSeconds)
    {
        var endNs = _clock.NowNs + (long)(atMostSeconds * 1e9);
        while (!_stop && _clock.NowNs < endNs)
        {
            if (_news.TryTake(out var news, 100) && news.Task == task && news.Status is "finished" or "failed" or "cancelled" or "rejected")
                return news.Status;
        }

        return null;
    }

    public void Dispose()
    {
        _stop = true;
        foreach (var thread in _threads)
            thread.Join();
        _client.Dispose();
        _news.Dispose();
        _connected.Dispose();
    }

    void IMqttHandler.OnConnected()
    {
        _ = _client.Subscribe(_status);
        _connected.Set();
    }

    void IMqttHandler.OnDisconnected(string reason)
    {
    }

    void IMqttHandler.OnMessage(in MqttMessage message)
    {
        using var json = JsonDocument.Parse(message.Payload.ToArray());
        _news.Add((json.RootElement.GetProperty("taskId").GetString()!, json.RootElement.GetProperty("status").GetString()!));
    }

    private void SendTasks(IReadOnlyList<string> instructions)
    {
        for (var i = 0; !_stop; i++)
        {
            var (id, _) = SendTask(instructions[i % instructions.Count]);
            var finished = WaitForEnd(id, 60) == "finished";
            Tasks = finished ? (Tasks.Finished + 1, Tasks.Other) : (Tasks.Finished, Tasks.Other + 1);
            if (!finished)
                Thread.Sleep(200); // a robot that refuses everything must not be asked a thousand times a second
        }
    }

    private void SendStateRequests()
    {
        var schedule = PeriodicSleep.Start(_clock.NowNs, MonotonicClock.NsPerSecond / RequestsPerSecond);
        while (!_stop)
        {
            PeriodicSleep.Until(schedule.DueNs);
            Publish(_instant, StateRequest);
            PeriodicSleep.Leave(ref schedule, _clock.NowNs);
        }
    }

    private void Publish(MqttTopic topic, byte[] payload)
    {
        if (_client.TryPublish(topic, payload))
            Sent++;
    }

    private void Run(string name, ThreadStart body)
    {
        var thread = new Thread(body) { Name = name, IsBackground = true };
        _threads.Add(thread);
        thread.Start();
    }
}
