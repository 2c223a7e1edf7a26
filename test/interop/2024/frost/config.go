package main

import (
	"context"
	"encoding/json"
	"errors"
)

// config is the job's table "pluginConfig".
type config struct {
	FrostBelow *float64   `json:"frostBelow"`
	Pipelines  []pipeline `json:"pipelines"`
}

type pipeline struct {
	Spec string `json:"spec"`
}

// readConfig takes the table as nodes give it to a factory, in an object with the pipelines beside it, or by itself.
func readConfig(text []byte) (config, error) {
	var wrapped struct {
		PluginConfig json.RawMessage `json:"pluginConfig"`
	}
	var c config
	if err := json.Unmarshal(text, &wrapped); err != nil {
		return c, err
	}
	if wrapped.PluginConfig != nil {
		text = wrapped.PluginConfig
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return c, err
	}
	if c.FrostBelow == nil || len(c.Pipelines) != 1 {
		return c, errors.New("pluginConfig wants frostBelow and one pipeline")
	}
	return c, nil
}

type validation struct{ service }

func (validation) ValidateConfig(_ context.Context, table map[string]any) error {
	text, err := json.Marshal(table)
	if err != nil {
		return err
	}
	_, err = readConfig(text)
	return err
}
