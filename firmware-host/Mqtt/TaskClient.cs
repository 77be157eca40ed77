using System.Globalization;
using System.Text.Json;
using Edge.Robots;

namespace Edge.Mqtt;

/// <summary>Sends one task to a robot and shows how far it is: what <c>edge task "put the red cube on the blue area"</c> runs.</summary>
public sealed class TaskClient
{
    private const int RequestExpirySeconds = 30;
    private const int InstantExpirySeconds = 5;

    /// <summary>A robot that lost the broker finishes its motion and comes back; one that does not within this time is given up.</summary>
    private static readonly TimeSpan GoneTimeout = TimeSpan.FromSeconds(30);

    private readonly string _instruction;
    private readonly byte[]? _picture;
    private readonly TextWriter _output;
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly RobotClient _client;
    private readonly string _taskId;
    private readonly MqttTopic _statusTopic;
    private int _shownCalls; // calls whose outcome is shown
    private int _announcedCall; // number of the call that was shown as running
    private bool _accepted;
    private long? _goneAt;

    private TaskClient(RobotClient client, string taskId, string instruction, byte[]? picture, TextWriter output)
    {
        (_client, _taskId, _instruction, _picture, _output) = (client, taskId, instruction, picture, output);
        _statusTopic = client.Topics.TaskStatus(taskId);
    }

    /// <summary>Sends the task and stays until it is over. Returns a <see cref="RequestOutcome"/>.</summary>
    /// <param name="mqtt">Broker and robot.</param>
    /// <param name="instruction">The task's sentence.</param>
    /// <param name="output">Gets a line for each thing that happens.</param>
    /// <param name="answerTimeout">Longest time until the robot says yes or no; 5 s where null.</param>
    /// <param name="picture">The picture that the sentence speaks of, JPEG; null: there is none.</param>
    /// <param name="cancel">Cancels the task on the robot too.</param>
    public static int Run(MqttDescription mqtt, string instruction, TextWriter output, TimeSpan? answerTimeout = null, byte[]? picture = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(mqtt);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentException.ThrowIfNullOrWhiteSpace(instruction);
        var taskId = Guid.NewGuid().ToString();
        using var client = new RobotClient(mqtt, taskId, TimeProvider.System);
        return new TaskClient(client, taskId, instruction, picture, output).Run(answerTimeout ?? TimeSpan.FromSeconds(5), cancel);
    }

    private int Run(TimeSpan answerTimeout, CancellationToken cancel)
    {
        // Sent again after a lost connection: the robot knows the id and only repeats how far it is.
        _client.Start([_statusTopic], () => _client.Send(_client.Topics.TaskRequest, RequestExpirySeconds, json =>
        {
            json.WriteString("taskId"u8, _taskId);
            json.WriteString("instruction"u8, _instruction);
            if (_picture is not null)
                json.WriteBase64String("picture"u8, _picture);
            json.WriteString("language"u8, "en"u8);
            json.WriteString("mode"u8, "execute"u8);
        }));
        var start = _time.GetTimestamp();
        var cancelled = false;
        while (true)
        {
            if (_client.TryTake(out var update))
            {
                if (Show(update!, start) is { } result)
                    return result;
            }
            else if (!_accepted && _time.GetElapsedTime(start) > answerTimeout)
            {
                return _client.ShowNoAnswer(_output);
            }

            if (_goneAt is { } gone && _time.GetElapsedTime(gone) > GoneTimeout)
            {
                _output.WriteLine("the robot does not come back");
                return RequestOutcome.NotDone;
            }

            if (!cancel.IsCancellationRequested)
                continue;
            if (cancelled && _time.GetElapsedTime(start) > answerTimeout)
            {
                _output.WriteLine("the robot does not confirm the cancel");
                return RequestOutcome.NoAnswer;
            }

            if (!cancelled)
            {
                cancelled = true;
                start = _time.GetTimestamp();
                _output.WriteLine("cancelling");
                _client.Send(_client.Topics.Instant, InstantExpirySeconds, json =>
                {
                    json.WriteString("actionId"u8, Guid.NewGuid().ToString());
                    json.WriteString("actionType"u8, "cancel"u8);
                    json.WriteString("taskId"u8, _taskId);
                });
            }
        }
    }

    private int? Show(RobotUpdate update, long start)
    {
        if (update.Topic == _client.Topics.Connection.Name)
            return ShowConnection(update);
        if (update.Topic == _statusTopic.Name)
            return ShowStatus(update, start);
        if (update.Text("response") == "REJECTED" && !_accepted)
            return ShowRejected(update);
        ShowAccepted();
        return null;
    }

    private int? ShowConnection(RobotUpdate update)
    {
        if (_client.RobotOnline && _goneAt is not null)
            _output.WriteLine("the robot is back");
        if (_client.RobotOnline)
            _goneAt = null;
        if (_client.RobotOnline || !_accepted)
            return null; // before it has answered, the time-out tells
        var state = update.Text("connectionState");
        _output.WriteLine($"the robot is gone ({state})");
        if (state == "OFFLINE")
            return RequestOutcome.NotDone;
        _goneAt ??= _time.GetTimestamp();
        return null;
    }

    private int? ShowStatus(RobotUpdate update, long start)
    {
        var status = update.Text("status");
        if (status == "rejected")
            return _accepted ? null : ShowRejected(update);
        ShowAccepted();
        ShowPlan(update);
        var seconds = _time.GetElapsedTime(start).TotalSeconds.ToString("F1", CultureInfo.InvariantCulture);
        var reason = update.Error.Description;
        switch (status)
        {
            case "finished":
                _output.WriteLine($"finished after {seconds} s");
                return RequestOutcome.Done;
            case "failed":
                _output.WriteLine($"failed after {seconds} s: {reason}");
                return RequestOutcome.NotDone;
            case "cancelled":
                _output.WriteLine(reason.Length == 0 ? $"cancelled after {seconds} s" : $"cancelled after {seconds} s: {reason}");
                return RequestOutcome.NotDone;
            default:
                return null;
        }
    }

    private void ShowPlan(RobotUpdate update)
    {
        foreach (var (i, item) in update.Items("plan").Index())
        {
            if (i < _shownCalls)
                continue;
            var (call, outcome) = (RobotUpdate.Text(item, "call"), RobotUpdate.Text(item, "outcome"));
            if (outcome == "running")
            {
                if (_announcedCall <= i)
                    _output.WriteLine($"{i + 1,3}  {call}");
                _announcedCall = i + 1;
                continue;
            }

            var seconds = item.ValueKind == JsonValueKind.Object && item.TryGetProperty("seconds", out var s) && s.ValueKind == JsonValueKind.Number ? s.GetDouble() : 0;
            _output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{i + 1,3}  {call}  {outcome} after {seconds:F1} s"));
            _shownCalls = i + 1;
        }
    }

    private void ShowAccepted()
    {
        if (!_accepted)
            _output.WriteLine($"accepted: {_instruction}");
        _accepted = true;
    }

    private int ShowRejected(RobotUpdate update)
    {
        var (type, description) = update.Error;
        _output.WriteLine($"rejected: {type}{(description.Length == 0 ? "" : ": ")}{description}");
        return RequestOutcome.NotDone;
    }
}
